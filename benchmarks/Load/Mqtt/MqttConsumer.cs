using System.Buffers.Binary;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Mqtt;

/// <summary>Subscribes to its topics and acknowledges what comes.</summary>
public sealed class MqttConsumer : SocketConsumer
{
    private readonly MqttAudience _audience;

    /// <param name="number">0-based.</param>
    /// <param name="options">What to subscribe to.</param>
    /// <param name="ledger">Of the run.</param>
    /// <param name="phase">Of the run.</param>
    /// <param name="session">Connected.</param>
    /// <param name="audience">Joined here.</param>
    public MqttConsumer(
        int number, LoadOptions options, Ledger ledger, Phase phase, MqttSession session, MqttAudience audience)
        : base(ledger, options.Consumers > options.Queues ? number / options.Queues : 0, phase, session.Wire)
    {
        _audience = audience;
        session.Subscribe([.. options.QueuesOf(number, options.Consumers).Select(options.QueueName)], options.Qos);
        audience.Joined();
    }

    public override void Dispose()
    {
        _audience.Left();
        base.Dispose();
    }

    protected override bool TryTake()
    {
        if (!MqttPackets.TryMeasure(Wire.Received, out int body, out int end))
            return false;
        byte first = Wire.Received[0];
        ReadOnlySpan<byte> packet = Wire.Received[body..end];
        if (first == MqttPackets.PubRel)
            Answer(MqttPackets.PubComp, BinaryPrimitives.ReadUInt16BigEndian(packet));
        else if ((first & 0xF0) == MqttPackets.Publish)
            TakePublish(first, packet);
        else
            throw new IOException($"neither PUBLISH nor PUBREL: {first:X2}");
        Wire.Consume(end);
        return true;
    }

    protected override void Taken() => _audience.Heard();

    protected override void End()
    {
        Wire.Write(MqttPackets.Disconnect());
        Wire.Flush();
    }

    private void TakePublish(byte first, ReadOnlySpan<byte> packet)
    {
        int payload = 2 + BinaryPrimitives.ReadUInt16BigEndian(packet);
        int qos = (first >> 1) & 3;
        if (qos > 0)
        {
            Answer(qos == 1 ? MqttPackets.PubAck : MqttPackets.PubRec,
                BinaryPrimitives.ReadUInt16BigEndian(packet[payload..]));
            payload += 2;
        }

        Take(packet[payload..], (first & MqttPackets.DuplicateFlag) != 0);
    }

    private void Answer(byte type, ushort id)
    {
        MqttPackets.WriteAck(Wire.Reserve(MqttPackets.AckBytes), type, id);
        Wire.Commit(MqttPackets.AckBytes);
    }
}
