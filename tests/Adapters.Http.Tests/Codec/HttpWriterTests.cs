using System.Buffers;
using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Http.Codec;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Codec;

/// <summary>Spec section 3: field names and types, to the byte.</summary>
public sealed class HttpWriterTests
{
    [Fact]
    public void Success_has_an_empty_message()
    {
        Assert.Equal("""{"code":0,"message":"","requestId":"7"}""", Write(new HttpAnswer.Done()));
    }

    [Fact]
    public void An_error_has_its_module_number_before_its_text()
    {
        Assert.Equal(
            """{"code":4440,"message":"(10100)queue is not existed, or deleted","requestId":"7"}""",
            Write(new HttpAnswer.Failed(HttpError.QueueNotFound)));
        Assert.Equal("(10200)no message", HttpError.NoMessage.Message);
    }

    [Fact]
    public void A_partial_failure_lists_the_failures_only()
    {
        Assert.Equal(
            """
            {"code":6010,"message":"(10150)delete message partially failed","requestId":"7",
            "errorList":[{"code":4430,"message":"(10260)receipt handle is invalid","receiptHandle":"12"}]}
            """.Replace("\n", ""),
            Write(new HttpAnswer.Failed(
                HttpError.DeletePartiallyFailed,
                [new HttpAnswer.FailedDelete(HttpError.ReceiptInvalid, "12")])));
    }

    [Fact]
    public void Ids_and_handles_are_strings_times_and_counts_are_numbers()
    {
        Assert.Equal(
            """
            {"code":0,"message":"","requestId":"7","msgBody":"wörld \"q\" <&>\n","msgId":"1",
            "receiptHandle":"42","enqueueTime":10,"firstDequeueTime":20,"nextVisibleTime":50,
            "dequeueCount":1}
            """.Replace("\n", ""),
            Write(new HttpAnswer.MessageReceived(Message("wörld \"q\" <&>\n"u8.ToArray(), isText: true))));
        Assert.Equal(
            """{"code":0,"message":"","requestId":"7","msgId":"1"}""",
            Write(new HttpAnswer.MessageSent("1")));
        Assert.Equal(
            """{"code":0,"message":"","requestId":"7","msgList":[{"msgId":"1"},{"msgId":"2"}]}""",
            Write(new HttpAnswer.MessagesSent(["1", "2"])));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_base64_and_say_so()
    {
        string json =
            Write(new HttpAnswer.MessagesReceived([Message([0xFF, 0x00, 0x01, 0x02], isText: false)]));

        JsonElement message = JsonDocument.Parse(json).RootElement.GetProperty("msgInfoList")[0];
        Assert.Equal("/wABAg==", message.GetProperty("msgBody").GetString());
        Assert.Equal("base64", message.GetProperty("msgBodyEncoding").GetString());
    }

    [Fact]
    public void Lists_are_there_when_they_are_empty()
    {
        Assert.Equal(
            """{"code":0,"message":"","requestId":"7","totalCount":0,"queueList":[]}""",
            Write(new HttpAnswer.QueueList(0, [])));
    }

    /// <summary>An odd first byte puts every portion's end inside a character.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_large_body_is_written_in_portions_and_comes_out_whole(bool isText)
    {
        byte[] body = Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("ö🐇\"", 30_000)));
        var portions = new List<long>();

        string json = Write(
            new HttpAnswer.MessageReceived(Message(body, isText) with { Body = Cut(body, 1_000) }), portions);

        JsonElement text = JsonDocument.Parse(json).RootElement.GetProperty("msgBody");
        Assert.Equal(body, isText ? Encoding.UTF8.GetBytes(text.GetString()!) : text.GetBytesFromBase64());
        Assert.True(portions.Count > 5);
        Assert.All(portions.Zip(portions.Skip(1)), p => Assert.InRange(p.Second - p.First, 0, 6 * 32 * 1024));
    }

    internal static ReadOnlySequence<byte> Cut(byte[] bytes, int size)
    {
        var first = new Segment(bytes.AsMemory(0, Math.Min(size, bytes.Length)), 0);
        Segment last = first;
        for (int at = size; at < bytes.Length; at += size)
            last = last.Append(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private static HttpAnswer.ReceivedMessage Message(byte[] body, bool isText) =>
        new(new ReadOnlySequence<byte>(body), isText, "1", "42", 10, 20, 50, 1);

    private static string Write(HttpAnswer answer, List<long>? portions = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, HttpWriter.JsonOptions);
        foreach (long written in HttpWriter.Portions(json, answer, "7"))
            portions?.Add(written);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
