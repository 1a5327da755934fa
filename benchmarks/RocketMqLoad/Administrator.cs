using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Benchmarks.RocketMqLoad;

/// <summary>A connection that asks one request at a time.</summary>
internal sealed class Administrator : IDisposable
{
    private const int MaxFrameBytes = 16 << 20;

    private readonly Socket _socket =
        new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly RocketMqWriter _writer = new();
    private PipeReader? _reader;
    private int _opaque;

    public static async Task<Administrator> ConnectAsync(string address, CancellationToken cancellation)
    {
        var administrator = new Administrator();
        string[] parts = address.Split(':');
        await administrator._socket.ConnectAsync(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), cancellation);
        administrator._reader = PipeReader.Create(new NetworkStream(administrator._socket));
        return administrator;
    }

    /// <summary>Broker names and where their leaders are.</summary>
    public static async Task<SortedDictionary<string, string>> BrokersAsync(
        string nameServer, CancellationToken cancellation)
    {
        using Administrator names = await ConnectAsync(nameServer, cancellation);
        RocketMqCommand answer = await names.AskAsync(RocketMqRequestCode.GetBrokerClusterInfo, null, cancellation);
        var brokers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((RocketMqJson name, RocketMqJson broker) in RocketMqJson.Parse(answer.Body.Span)["brokerAddrTable"]!.Members)
        {
            if (broker["brokerAddrs"]?["0"]?.Text is { } address)
                brokers.Add(name.Text!, address);
        }
        return brokers;
    }

    public async Task CreateTopicAsync(string topic, int queues, CancellationToken cancellation)
    {
        var fields = new RocketMqFields();
        new CreateTopicRequest(topic, "TBW102", queues, queues, TopicConfig.PermReadWrite, "SINGLE_TAG", 0, false)
            .Write(fields);
        await AskAsync(RocketMqRequestCode.UpdateAndCreateTopic, fields, cancellation);
    }

    /// <returns>Empty at the queue's end.</returns>
    public async Task<IReadOnlyList<RocketMqMessage>> PullAsync(
        string topic, int queue, long offset, CancellationToken cancellation)
    {
        var pull = new PullMessageRequest("load", topic, queue, offset, 1_000, 4, 0, 0, "*", 0, null);
        RocketMqCommand answer = await AskAsync(
            RocketMqRequestCode.PullMessage, RocketMqFields.Of(pull), cancellation, (int)RocketMqResponseCode.PullNotFound);
        var messages = new List<RocketMqMessage>();
        ReadOnlyMemory<byte> left = answer.Body;
        while (RocketMqMessageReader.Read(ref left) is { } message)
            messages.Add(message);
        return messages;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<RocketMqCommand> AskAsync(
        RocketMqRequestCode code, RocketMqFields? fields, CancellationToken cancellation, int allowedCode = 0)
    {
        var frame = new ArrayBufferWriter<byte>();
        _writer.Write(new RocketMqCommand((int)code, ++_opaque, 0) { Fields = fields }, frame);
        await _socket.SendAsync(frame.WrittenMemory, cancellation);
        while (true)
        {
            ReadResult read = await _reader!.ReadAsync(cancellation);
            ReadOnlySequence<byte> input = read.Buffer;
            bool isWhole = RocketMqReader.TryRead(ref input, MaxFrameBytes, MaxFrameBytes, out RocketMqCommand? answer);
            _reader.AdvanceTo(input.Start, isWhole ? input.Start : input.End);
            if (answer is not null)
            {
                return answer.Code == 0 || answer.Code == allowedCode
                    ? answer
                    : throw new InvalidDataException($"{code}: {answer.Code} {answer.Remark}");
            }
            if (read.IsCompleted)
                throw new IOException("the broker closed the connection");
        }
    }
}
