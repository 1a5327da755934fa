using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;

/// <summary>Specification sections 7 to 10.</summary>
public sealed class RocketMqMessageTests
{
    /// <summary>Bodies of real brokers that are records: answers to pulls, views and queries, and what they
    /// send to clients to check or to consume.</summary>
    private static IEnumerable<byte[]> RecordBodies =>
        from frame in Transcript.Frames
        let command = Frames.Read(frame)
        where command.Body.Length > 8 && command.Body.Span[4..8].SequenceEqual((byte[])[0xDA, 0xA3, 0x20, 0xA7])
        select command.Body.ToArray();

    [Fact]
    public void Every_record_of_the_transcripts_is_written_as_it_was_read()
    {
        int records = 0;
        foreach (byte[] body in RecordBodies)
        {
            var output = new ArrayBufferWriter<byte>();
            ReadOnlyMemory<byte> left = body;
            while (RocketMqMessageReader.Read(ref left) is { } message)
            {
                RocketMqMessageWriter.Write(message, output);
                records++;
            }
            Assert.Equal(body, output.WrittenSpan.ToArray());
        }
        Assert.True(records > 100, $"only {records}");
    }

    [Fact]
    public void A_record_of_a_real_broker_has_the_fields_of_its_send()
    {
        ReadOnlyMemory<byte> body = Frames.Read(Transcript.Find("pull_message.success.1").Response!).Body;

        RocketMqMessage message = RocketMqMessageReader.Read(ref body)!;

        Assert.Equal(("TopicTest", 3, 0L, 0L), (message.Topic, message.QueueId, message.QueueOffset, message.Position));
        Assert.Equal("Hello RocketMQ 0", Encoding.UTF8.GetString(message.Body.FirstSpan));
        Assert.Equal("127.0.0.1:10911", message.StoreHost.ToString());
        Assert.Equal("TagA", RocketMqProperties.Parse(message.Properties.Span)[RocketMqProperties.Tags]);
    }

    [Fact]
    public void A_record_cut_anywhere_is_refused()
    {
        byte[] record = RecordBodies.First();
        int size = RocketMqMessageWriter.FixedBytes + 16 + 9 + 62;
        for (int cut = 1; cut < size; cut++)
        {
            ReadOnlyMemory<byte> left = record.AsMemory(0, cut);
            Assert.Throws<RocketMqProtocolException>(() => RocketMqMessageReader.Read(ref left));
        }
    }

    [Fact]
    public void A_batch_of_a_real_client_is_read_and_written_byte_for_byte()
    {
        foreach (Transcript batch in Transcript.All.Where(one => one.Name.StartsWith("send_batch_message.")))
        {
            RocketMqCommand send = Frames.Read(batch.Request!);
            List<RocketMqBatchItem> items = RocketMqBatch.Read(send.Body, maxMessages: 100);
            var output = new ArrayBufferWriter<byte>();
            RocketMqBatch.Write(items, output);

            Assert.NotEmpty(items);
            Assert.Equal(send.Body.ToArray(), output.WrittenSpan.ToArray());
        }
    }

    [Fact]
    public void A_batch_cut_anywhere_or_too_long_is_refused()
    {
        ReadOnlyMemory<byte> batch =
            Frames.Read(Transcript.Find("send_batch_message.success.1").Request!).Body;

        for (int cut = 1; cut < batch.Length; cut++)
        {
            // A cut between two messages leaves a shorter batch.
            if (cut % 100 != 0)
                Assert.Throws<RocketMqProtocolException>(() => RocketMqBatch.Read(batch[..cut], 100));
        }
        Assert.Throws<RocketMqProtocolException>(() => RocketMqBatch.Read(batch, maxMessages: 2));
    }

    [Fact]
    public void A_message_id_is_host_and_position()
    {
        const string text = "7F00000100002A9F000000000002BEB2";

        Assert.True(RocketMqMessageId.TryParse(text, out RocketMqMessageId id));
        Assert.Equal(("127.0.0.1:10911", 0x2BEB2L), (id.StoreHost.ToString(), id.Position));
        Assert.Equal(text, id.ToString());
        Assert.False(RocketMqMessageId.TryParse(text[1..], out _));
        Assert.False(RocketMqMessageId.TryParse(text + "00", out _));
        Assert.False(RocketMqMessageId.TryParse(text.Replace('F', 'G'), out _));
    }

    [Theory]
    [InlineData("KEYS\u0001k1 k2\u0002TAGS\u0001TagA\u0002")]
    [InlineData("KEYS\u0001k1 k2\u0002TAGS\u0001TagA")]
    public void Properties_are_read_with_and_without_the_last_separator(string text)
    {
        RocketMqProperties properties = RocketMqProperties.Parse(text);

        Assert.Equal("k1 k2", properties[RocketMqProperties.Keys]);
        Assert.Equal("TagA", properties[RocketMqProperties.Tags]);
        Assert.Equal("TagA", RocketMqProperties.Find(Encoding.UTF8.GetBytes(text), "TAGS"u8));
        Assert.Null(RocketMqProperties.Find(Encoding.UTF8.GetBytes(text), "TAG"u8));
        Assert.Equal("KEYS\u0001k1 k2\u0002TAGS\u0001TagA\u0002", properties.ToString());
    }

    [Fact]
    public void A_property_that_is_set_to_null_goes_and_the_others_keep_their_order()
    {
        RocketMqProperties properties =
            RocketMqProperties.Parse("a\u00011\u0002b\u00012\u0002c\u00013\u0002");

        properties["b"] = null;
        properties["a"] = "4";
        properties["d"] = "5";

        Assert.Equal("a\u00014\u0002c\u00013\u0002d\u00015\u0002", properties.ToString());
    }

    /// <summary>The check value of CRC-32, and a length that is no multiple of eight.</summary>
    [Fact]
    public void The_checksum_is_the_one_of_zlib()
    {
        Assert.Equal(0xCBF43926, RocketMqCrc32.Of("123456789"u8));
        Assert.Equal(0u, RocketMqCrc32.Of([]));
    }

    [Theory]
    [InlineData("TagA", 2598919)]
    [InlineData("", 0)]
    [InlineData("polygenelubricants", int.MinValue)]
    public void Tags_hash_as_in_java(string tag, int hash) => Assert.Equal(hash, RocketMqHash.Of(tag));

    [Fact]
    public void Random_damage_to_records_and_batches_is_never_more_than_a_protocol_error()
    {
        var random = new Random(20261121);
        byte[][] bodies = [.. RecordBodies];
        byte[] batch = Frames.Read(Transcript.Find("send_batch_message.success.1").Request!).Body.ToArray();
        for (int i = 0; i < 10_000; i++)
        {
            byte[] body = [.. i % 2 == 0 ? bodies[random.Next(bodies.Length)] : batch];
            body[random.Next(Math.Min(body.Length, 300))] = (byte)random.Next(256);
            ReadOnlyMemory<byte> left = body;
            try
            {
                if (i % 2 == 0)
                    while (RocketMqMessageReader.Read(ref left) is not null) ;
                else
                    RocketMqBatch.Read(left, 100);
            }
            catch (RocketMqProtocolException broken)
            {
                Assert.Equal(ErrorScope.Request, broken.Scope);
            }
        }
    }
}
