using System.Net;
using System.Net.Sockets;

namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>One client over a plain socket. What comes in is read by whoever has it, with a buffer of its own: an idle
/// client here costs a socket.</summary>
public sealed class RawClient : IDisposable
{
    private const int ConnAckBytes = 4;
    private const int SubAckBytes = 5;

    private RawClient(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <summary>Connects, with a clean session.</summary>
    /// <param name="address">Of the broker.</param>
    /// <param name="clientId">Its name.</param>
    /// <param name="keepAliveSeconds">0 = none.</param>
    /// <param name="source">Own address; null: any.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">The broker refuses, or closes.</exception>
    public static async Task<RawClient> ConnectAsync(
        IPEndPoint address, string clientId, ushort keepAliveSeconds, IPAddress? source, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var client = new RawClient(socket);
        try
        {
            if (source is not null)
                socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(address, cancellation);
            await client.SendAsync(Packets.Connect(clientId, keepAliveSeconds), cancellation);
            byte[] answer = await client.ReceiveAsync(ConnAckBytes, cancellation);
            if (answer is not [Packets.ConnAck, 2, _, 0])
                throw new IOException($"CONNACK of {clientId}: {Convert.ToHexString(answer)}");
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <exception cref="IOException">The broker grants another QoS, or closes.</exception>
    public async Task SubscribeAsync(string filter, int qos, CancellationToken cancellation)
    {
        await SendAsync(Packets.Subscribe(filter, qos), cancellation);
        byte[] answer = await ReceiveAsync(SubAckBytes, cancellation);
        if (answer is not [Packets.SubAck, 3, 0, 1, var granted] || granted != qos)
            throw new IOException($"SUBACK for {filter}: {Convert.ToHexString(answer)}");
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0)
            bytes = bytes[await Socket.SendAsync(bytes, cancellation)..];
    }

    /// <summary>Receives exactly so many bytes.</summary>
    /// <exception cref="IOException">The broker closes before.</exception>
    public async Task<byte[]> ReceiveAsync(int bytes, CancellationToken cancellation)
    {
        byte[] received = new byte[bytes];
        for (int at = 0; at < bytes;)
        {
            int count = await Socket.ReceiveAsync(received.AsMemory(at), cancellation);
            if (count == 0)
                throw new IOException("the broker closed the connection");
            at += count;
        }

        return received;
    }

    public void Dispose() => Socket.Dispose();
}
