using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Connections;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Writes control packets. Not thread-safe.</summary>
public sealed class MqttWriter(IBufferWriter<byte> output)
{
    /// <summary>From this size on a payload is sent from where it lies, if the output can do that.</summary>
    private const int SharePayloadBytes = 16 * 1024;

    /// <summary>Bodies are built here. One per thread and not per connection, which is mostly idle: a packet is
    /// written in one go.</summary>
    [ThreadStatic]
    private static MqttFieldWriter? _fields;

    /// <summary>What was agreed on; before that answers go out in the form of 3.1.1.</summary>
    public MqttVersion Version { get; set; } = MqttVersion.V311;

    /// <summary>The client's limit in bytes, fixed header included.</summary>
    public uint MaxPacketBytes { get; set; } = uint.MaxValue;

    private static MqttFieldWriter Fields => _fields ??= new MqttFieldWriter();

    public void PingResp()
    {
        Span<byte> packet = output.GetSpan(2);
        packet[0] = (byte)MqttPacketType.PingResp << 4;
        packet[1] = 0;
        output.Advance(2);
    }

    public void Connect(MqttConnect packet)
    {
        MqttFieldWriter fields = Fields;
        fields.Clear();
        packet.Write(fields);
        Packet((byte)MqttPacketType.Connect << 4, fields.Written);
    }

    /// <returns>False: larger than the client takes; nothing was written.</returns>
    public bool Packet<T>(in T packet)
        where T : struct, IMqttPacket<T>
    {
        MqttFieldWriter fields = Fields;
        fields.Clear();
        packet.Write(fields, Version);
        if (1 + MqttFieldWriter.VariableBytes(fields.Length) + fields.Length > MaxPacketBytes)
            return false;
        Packet((byte)(((int)packet.PacketType << 4) | packet.Flags), fields.Written);
        return true;
    }

    /// <returns>False: larger than the client takes; nothing was written.</returns>
    public bool Publish(in MqttPublish packet) => packet.TryWrite(output, Version, Fields, MaxPacketBytes);

    internal static void Payload(IBufferWriter<byte> output, in ReadOnlySequence<byte> payload)
    {
        var sharing = output as ISharingOutput;
        foreach (ReadOnlyMemory<byte> memory in payload)
        {
            if (sharing is not null && memory.Length >= SharePayloadBytes)
                sharing.Append(memory);
            else
                output.Write(memory.Span);
        }
    }

    private void Packet(byte first, ReadOnlySpan<byte> body)
    {
        Span<byte> packet = output.GetSpan(MqttFrame.MaxHeaderBytes + body.Length);
        packet[0] = first;
        int header = 1 + MqttFieldWriter.WriteVariable(packet[1..], body.Length);
        body.CopyTo(packet[header..]);
        output.Advance(header + body.Length);
    }
}
