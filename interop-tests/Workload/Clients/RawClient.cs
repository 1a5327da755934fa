using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>A bare socket that may say anything.</summary>
internal sealed class RawClient : IDisposable
{
    public static readonly byte[] AmqpHeader = [.. "AMQP"u8, 0, 0, 9, 1];

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        return client;
    }

    /// <summary>A client that is through the AMQP handshake, with the largest frames and no heartbeat.</summary>
    public static async Task<RawClient> OpenAmqpAsync(int port)
    {
        RawClient client = await ConnectAsync(port);
        await client.SendAsync(AmqpHeader);
        await client.ReadMethodAsync(10, 10);
        await client.SendAsync(Method(0, 10, 11,
            [0, 0, 0, 0, 5, .. "PLAIN"u8, 0, 0, 0, 12, .. "\0guest\0guest"u8, 5, .. "en_US"u8]));
        await client.ReadMethodAsync(10, 30);
        await client.SendAsync(Method(0, 10, 31, [0x07, 0xFF, 0, 2, 0, 0, 0, 0]));
        await client.SendAsync(Method(0, 10, 40, [1, (byte)'/', 0, 0]));
        await client.ReadMethodAsync(10, 41);
        return client;
    }

    /// <summary>One AMQP method frame.</summary>
    public static byte[] Method(ushort channel, ushort type, ushort method, ReadOnlySpan<byte> arguments)
    {
        byte[] payload = new byte[4 + arguments.Length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, type);
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(2), method);
        arguments.CopyTo(payload.AsSpan(4));
        return Frame(1, channel, payload);
    }

    public static byte[] Frame(byte type, ushort channel, ReadOnlySpan<byte> payload, byte end = 0xCE)
    {
        byte[] frame = new byte[8 + payload.Length];
        frame[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), channel);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(3), payload.Length);
        payload.CopyTo(frame.AsSpan(7));
        frame[^1] = end;
        return frame;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes)..];
    }

    /// <summary>Says that nothing more comes, and goes on listening.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Everything until the broker closes; a reset counts as closing.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        using var received = new MemoryStream();
        byte[] buffer = new byte[8192];
        using var patience = new CancellationTokenSource(Patience.Long);
        try
        {
            int count;
            while ((count = await _socket.ReceiveAsync(buffer, patience.Token)) > 0)
                received.Write(buffer, 0, count);
        }
        catch (SocketException)
        {
            return received.ToArray();
        }

        return received.ToArray();
    }

    /// <summary>Reads up to a connection.close, answers it, and expects the end.</summary>
    /// <returns>Code and text.</returns>
    public async Task<(int Code, string Text)> ReadCloseAsync()
    {
        ReadOnlyMemory<byte> close = await ReadMethodAsync(10, 50);
        int code = BinaryPrimitives.ReadUInt16BigEndian(close.Span);
        string text = Encoding.UTF8.GetString(close.Span.Slice(3, close.Span[2]));
        await SendAsync(Method(0, 10, 51, []));
        await ReadToEndAsync();
        return (code, text);
    }

    /// <summary>Skips frames up to that method.</summary>
    /// <returns>Its arguments.</returns>
    public async Task<ReadOnlyMemory<byte>> ReadMethodAsync(ushort type, ushort method)
    {
        while (true)
        {
            byte[] head = await ReadAsync(7);
            byte[] rest = await ReadAsync(BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(3)) + 1);
            if (head[0] == 1 && BinaryPrimitives.ReadUInt16BigEndian(rest) == type
                && BinaryPrimitives.ReadUInt16BigEndian(rest.AsSpan(2)) == method)
                return rest.AsMemory(4);
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>That many bytes; the test fails when the connection ends before.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        byte[] bytes = new byte[count];
        using var patience = new CancellationTokenSource(Patience.Long);
        for (int read = 0; read < count;)
        {
            int got = await _socket.ReceiveAsync(bytes.AsMemory(read), patience.Token);
            Assert.True(got > 0, "the broker closed the connection without a word");
            read += got;
        }

        return bytes;
    }
}
