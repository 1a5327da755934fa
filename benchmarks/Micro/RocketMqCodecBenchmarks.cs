using System.Buffers;
using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>A send of 1 KB (code 310), its answer, and the answer to a pull of 32 messages.</summary>
public class RocketMqCodecBenchmarks
{
    private const int BodyBytes = 1024;
    private const int MaxFrameBytes = 1 << 20;
    private const int PulledMessages = 32;

    private const string Properties = "UNIQ_KEY\u00017F00000142C818B4AAC27F6E5D4C3B2A\u0002WAIT\u0001true\u0002";

    private static readonly RocketMqEndPoint Host = RocketMqEndPoint.Of(IPAddress.Loopback, 10911);

    private readonly byte[] _body = new byte[BodyBytes];
    private readonly FixedOutput _output = new(2 * PulledMessages * BodyBytes);
    private readonly RocketMqWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _records = new(2 * PulledMessages * BodyBytes);
    private RocketMqCommand _request = null!;
    private ReadOnlySequence<byte> _send;

    [Params(RocketMqSerialization.Json, RocketMqSerialization.Binary)]
    public RocketMqSerialization Serialization { get; set; }

    [GlobalSetup]
    public void Encode()
    {
        var fields = new RocketMqFields();
        new SendMessageRequest(
            "producers", "orders", "TBW102", 4, 0, 0, 1_700_000_000_000, 0, Properties, 0, false, null, false)
            .Write(fields, shortNames: true);
        _request = new RocketMqCommand((int)RocketMqRequestCode.SendMessageV2, 4711, 0)
        {
            Fields = fields,
            Body = _body,
            Serialization = Serialization,
        };
        _writer.Write(_request, _output);
        _send = new ReadOnlySequence<byte>(_output.Written.ToArray());
    }

    [Benchmark]
    public int ParseSend()
    {
        ReadOnlySequence<byte> input = _send;
        RocketMqReader.TryRead(ref input, MaxFrameBytes, MaxFrameBytes, out RocketMqCommand? command);
        return SendMessageRequest.Read(command!.Fields!, shortNames: true).QueueId + command.Body.Length;
    }

    [Benchmark]
    public int WriteSendOk()
    {
        _output.Clear();
        string id = new RocketMqMessageId(Host, 123_456).ToString();
        _writer.Write(_request.Answer(new SendMessageResponse(id, 0, 4711)), _output);
        return _output.Length;
    }

    [Benchmark(OperationsPerInvoke = PulledMessages)]
    public int WritePullAnswerPerMessage()
    {
        _output.Clear();
        _records.ResetWrittenCount();
        byte[] properties = Encoding.UTF8.GetBytes(Properties);
        for (int i = 0; i < PulledMessages; i++)
        {
            var message = new RocketMqMessage("orders", 0, i, 1_000 * i)
            {
                BornHost = Host,
                StoreHost = Host,
                Body = new ReadOnlySequence<byte>(_body),
                Properties = properties,
            };
            RocketMqMessageWriter.Write(message, _records);
        }

        RocketMqCommand answer = _request.Answer(new PullMessageResponse(PulledMessages, 0, PulledMessages));
        _writer.Write(answer with { Body = _records.WrittenMemory }, _output);
        return _output.Length;
    }
}
