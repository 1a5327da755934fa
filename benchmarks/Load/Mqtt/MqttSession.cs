using System.Net;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;

namespace Cmq.MultiProtocol.Benchmarks.Load.Mqtt;

/// <summary>A connection with a clean session, and the questions of the set-up.</summary>
public sealed class MqttSession : IDisposable
{
    private MqttSession(Wire wire) => Wire = wire;

    public Wire Wire { get; }

    /// <param name="options">Where, and who.</param>
    /// <param name="number">Picks the address.</param>
    /// <param name="clientId">Its name.</param>
    /// <param name="keepAliveSeconds">0 = none.</param>
    /// <param name="bufferBytes">Of each way.</param>
    /// <param name="source">Own address; null: any.</param>
    /// <exception cref="IOException">The broker refuses, or closes.</exception>
    public static MqttSession Open(
        LoadOptions options, int number, string clientId, ushort keepAliveSeconds, int bufferBytes,
        IPAddress? source = null)
    {
        var session = new MqttSession(Wire.Connect(options.AddressOf(number), bufferBytes, source));
        try
        {
            byte[] answer = session.Ask(
                MqttPackets.Connect(clientId, keepAliveSeconds, options.User, options.Password));
            if (answer is not [MqttPackets.ConnAck, 2, _, 0])
                throw new IOException($"CONNACK of {clientId}: {Convert.ToHexString(answer)}");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <exception cref="IOException">The broker grants another QoS, or closes.</exception>
    public void Subscribe(IReadOnlyList<string> filters, int qos)
    {
        byte[] answer = Ask(MqttPackets.Subscribe(filters, qos));
        if (answer[0] != MqttPackets.SubAck || answer[^filters.Count..].Any(granted => granted != qos))
            throw new IOException($"SUBACK for {filters[0]}: {Convert.ToHexString(answer)}");
    }

    /// <summary>The next packet.</summary>
    public byte[] Receive()
    {
        int end;
        while (!MqttPackets.TryMeasure(Wire.Received, out _, out end))
            Wire.ReceiveAnswer();
        byte[] packet = Wire.Received[..end].ToArray();
        Wire.Consume(end);
        return packet;
    }

    public void Send(ReadOnlySpan<byte> packet)
    {
        Wire.Write(packet);
        Wire.Flush();
    }

    public void Dispose() => Wire.Dispose();

    private byte[] Ask(byte[] packet)
    {
        Send(packet);
        return Receive();
    }
}
