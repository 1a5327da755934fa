using System.Buffers;
using BenchmarkDotNet.Attributes;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>One publish of 1 KB as it comes from a client, and one delivery of it.</summary>
public class AmqpCodecBenchmarks
{
    private const int FrameMax = 131_072;
    private const int BodyBytes = 1024;

    /// <summary>Content type and delivery mode.</summary>
    private static readonly byte[] Properties = [0x90, 0x00, 3, (byte)'a', (byte)'/', (byte)'b', 2];

    private readonly byte[] _body = new byte[BodyBytes];
    private readonly FixedOutput _output = new(4 * BodyBytes);
    private readonly AmqpStringCache _strings = new();
    private AmqpWriter _writer = null!;
    private ReadOnlySequence<byte> _publish;

    [GlobalSetup]
    public void Encode()
    {
        var publish = new FixedOutput(4 * BodyBytes);
        var writer = new AmqpWriter(publish);
        writer.Method(1, new BasicPublish("", "orders", Mandatory: false, Immediate: false));
        writer.Content(1, Properties, new ReadOnlySequence<byte>(_body), FrameMax);
        _publish = new ReadOnlySequence<byte>(publish.Written);
        _writer = new AmqpWriter(_output);
    }

    /// <summary>Three frames, the method's fields and the content header.</summary>
    [Benchmark]
    public long ParsePublish()
    {
        ReadOnlySequence<byte> input = _publish;
        AmqpReader.TryReadFrame(ref input, FrameMax, out AmqpFrame method);
        var fields = new AmqpFieldReader(method.Payload.FirstSpan[AmqpFrame.MethodIdBytes..], _strings);
        BasicPublish publish = BasicPublish.Read(ref fields);
        AmqpReader.TryReadFrame(ref input, FrameMax, out AmqpFrame header);
        AmqpContentHeader content = AmqpContentHeader.Read(header.Payload.FirstSpan);
        AmqpReader.TryReadFrame(ref input, FrameMax, out AmqpFrame body);
        return publish.RoutingKey.Length + (long)content.BodyBytes + body.Payload.Length;
    }

    [Benchmark]
    public int WriteDeliver()
    {
        _output.Clear();
        _writer.Method(1, new BasicDeliver("ctag-1", 4711, Redelivered: false, "", "orders"));
        _writer.Content(1, Properties, new ReadOnlySequence<byte>(_body), FrameMax);
        return _output.Length;
    }
}
