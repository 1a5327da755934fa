using System.Buffers;
using System.Net;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;

namespace Cmq.MultiProtocol.Benchmarks.Load.RocketMq;

/// <summary>A connection that asks one request at a time.</summary>
internal sealed class RocketMqAdministrator(IPEndPoint address) : IDisposable
{
    /// <summary>What clients accept.</summary>
    public const int MaxFrameBytes = 16 << 20;

    private const int BufferBytes = 64 * 1024;

    private readonly Wire _wire = Wire.Connect(address, BufferBytes);
    private readonly RocketMqWriter _writer = new();
    private int _opaque;

    /// <summary>Broker names and where their leaders are.</summary>
    public SortedDictionary<string, IPEndPoint> Brokers()
    {
        RocketMqCommand answer = Ask(RocketMqRequestCode.GetBrokerClusterInfo, null);
        var brokers = new SortedDictionary<string, IPEndPoint>(StringComparer.Ordinal);
        foreach ((RocketMqJson name, RocketMqJson broker) in RocketMqJson.Parse(answer.Body.Span)["brokerAddrTable"]!.Members)
        {
            if (broker["brokerAddrs"]?["0"]?.Text is { } address)
                brokers.Add(name.Text!, IPEndPoint.Parse(address));
        }

        return brokers;
    }

    public void CreateTopic(string topic, int queues)
    {
        var fields = new RocketMqFields();
        new CreateTopicRequest(topic, "TBW102", queues, queues, TopicConfig.PermReadWrite, "SINGLE_TAG", 0, false)
            .Write(fields);
        Ask(RocketMqRequestCode.UpdateAndCreateTopic, fields);
    }

    public void DeleteTopic(string topic)
    {
        var fields = new RocketMqFields();
        fields.Add("topic", topic);
        Ask(RocketMqRequestCode.DeleteTopicInBroker, fields);
    }

    public void Dispose() => _wire.Dispose();

    private RocketMqCommand Ask(RocketMqRequestCode code, RocketMqFields? fields)
    {
        var frame = new ArrayBufferWriter<byte>();
        _writer.Write(new RocketMqCommand((int)code, ++_opaque, 0) { Fields = fields }, frame);
        _wire.Write(frame.WrittenSpan);
        _wire.Flush();
        RocketMqCommand? answer;
        while ((answer = TryRead(_wire)) is null)
            _wire.ReceiveAnswer();
        return answer.Code == 0 ? answer : throw new IOException($"{code}: {answer.Code} {answer.Remark}");
    }

    /// <summary>Takes one frame off what was received.</summary>
    /// <returns>Null when more bytes are needed.</returns>
    public static RocketMqCommand? TryRead(Wire wire)
    {
        var input = new ReadOnlySequence<byte>(wire.ReceivedMemory);
        int before = (int)input.Length;
        if (!RocketMqReader.TryRead(ref input, MaxFrameBytes, MaxFrameBytes, out RocketMqCommand? command))
            return null;
        wire.Consume(before - (int)input.Length);
        return command;
    }
}
