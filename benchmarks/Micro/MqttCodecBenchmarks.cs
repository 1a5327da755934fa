using System.Buffers;
using BenchmarkDotNet.Attributes;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>PUBLISH with QoS 1 and 100 bytes, in and out.</summary>
public class MqttCodecBenchmarks
{
    private const int MaxPacketBytes = 1 << 20;
    private const int PayloadBytes = 100;

    private readonly FixedOutput _output = new(4 * PayloadBytes);
    private readonly MqttTopicCache _topics = new();
    private MqttPublish _packet;
    private MqttWriter _writer = null!;
    private ReadOnlySequence<byte> _publish;

    [Params(MqttVersion.V311, MqttVersion.V5)]
    public MqttVersion Version { get; set; }

    [GlobalSetup]
    public void Encode()
    {
        _packet = new MqttPublish(
            "plant/1/temperature", MqttQoS.AtLeastOnce, false, false, 7, MqttMessageProperties.None,
            new ReadOnlySequence<byte>(new byte[PayloadBytes]));
        _writer = new MqttWriter(_output) { Version = Version };
        WritePublish();
        _publish = new ReadOnlySequence<byte>(_output.Written.ToArray());
    }

    [Benchmark]
    public long ParsePublish()
    {
        ReadOnlySequence<byte> input = _publish;
        MqttReader.TryRead(ref input, MaxPacketBytes, Version, out MqttFrame frame);
        MqttPublish publish = MqttPublish.Read(frame, Version, _topics, isFromClient: true);
        return publish.Topic.Length + publish.Payload.Length;
    }

    [Benchmark]
    public int WritePublish()
    {
        _output.Clear();
        _writer.Publish(_packet);
        return _output.Length;
    }
}
