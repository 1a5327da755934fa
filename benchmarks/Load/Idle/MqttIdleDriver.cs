using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;
using Cmq.MultiProtocol.Benchmarks.Load.Mqtt;

namespace Cmq.MultiProtocol.Benchmarks.Load.Idle;

/// <summary>Clean sessions with one QoS 1 subscription each.</summary>
internal sealed class MqttIdleDriver(LoadOptions options) : IIdleDriver
{
    /// <summary>As mosquitto names it; the broker needs a while to tell it after its start.</summary>
    private const string HeapTopic = "$SYS/broker/heap/current";

    /// <summary>Long enough that nobody has to ping while this runs, and still a time limit for the broker to keep.
    /// </summary>
    private const ushort KeepAliveSeconds = 3_600;

    /// <summary>An idle client should cost here little more than its socket.</summary>
    private const int BufferBytes = 512;

    public IIdleConnection Open(int number, IPAddress? source)
    {
        MqttSession session = MqttSession.Open(
            options, number, string.Create(CultureInfo.InvariantCulture, $"idle-{number:D6}"), KeepAliveSeconds,
            BufferBytes, source);
        session.Subscribe([Topic(number)], 1);
        return new Connection(session, number);
    }

    public void Send(IReadOnlyList<int> numbers, long run)
    {
        using MqttSession publisher = MqttSession.Open(options, 0, "load-publisher", 0, BufferBytes);
        for (int i = 0; i < numbers.Count; i++)
        {
            byte[] packet = MqttPackets.PublishTemplate(Topic(numbers[i]), qos: 1, MessageStamp.Bytes);
            new MessageStamp(run, 0, 0, numbers[i], 0).Write(packet.AsSpan(packet.Length - MessageStamp.Bytes),
                MessageStamp.Bytes);
            BinaryPrimitives.WriteUInt16BigEndian(
                packet.AsSpan(packet.Length - MessageStamp.Bytes - 2), (ushort)(i + 1));
            publisher.Send(packet);
        }

        for (int i = 0; i < numbers.Count; i++)
        {
            if (publisher.Receive() is not [MqttPackets.PubAck, ..])
                throw new IOException("not a PUBACK");
        }
    }

    public long? HeapBytes()
    {
        using MqttSession client = MqttSession.Open(options, 0, "load-figures", 0, BufferBytes);
        try
        {
            client.Subscribe([HeapTopic], 0);
            byte[] packet = client.Receive();
            string text = Encoding.UTF8.GetString(packet.AsSpan(2 + 2 + HeapTopic.Length));
            return long.Parse(text, CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It does not let everyone read its figures, or has none.
            return null;
        }
    }

    private static string Topic(int number) => string.Create(CultureInfo.InvariantCulture, $"idle/{number:D6}");

    private sealed class Connection(MqttSession session, int number) : IIdleConnection
    {
        public void TakeOne(long run)
        {
            byte[] packet = session.Receive();
            int stamp = packet.Length - MessageStamp.Bytes;
            if ((packet[0] & 0xF0) != MqttPackets.Publish || stamp < 2
                || !MessageStamp.TryRead(packet.AsSpan(stamp), out MessageStamp found)
                || (found.Run, found.Publisher) != (run, number))
            {
                throw new IOException($"{Topic(number)} got {Convert.ToHexString(packet)}");
            }

            byte[] ack = new byte[MqttPackets.AckBytes];
            MqttPackets.WriteAck(ack, MqttPackets.PubAck, BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(stamp - 2)));
            session.Send(ack);
        }

        public void Dispose() => session.Dispose();
    }
}
