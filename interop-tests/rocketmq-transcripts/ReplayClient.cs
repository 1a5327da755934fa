using System.Buffers;
using System.Net.Sockets;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Interop.RocketMq;

/// <summary>One connection that asks one request at a time, and overhears what the broker asks by itself.</summary>
internal sealed class ReplayClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly RocketMqWriter _writer = new();
    private byte[] _received = [];

    private ReplayClient()
    {
    }

    public static async Task<ReplayClient> ConnectAsync(int port)
    {
        var client = new ReplayClient();
        await client._socket.ConnectAsync("127.0.0.1", port);
        return client;
    }

    public async Task SendAsync(RocketMqCommand request)
    {
        var frame = new ArrayBufferWriter<byte>();
        _writer.Write(request, frame);
        await _socket.SendAsync(frame.WrittenMemory);
    }

    /// <summary>The answer with that opaque; others, of requests that were not waited for, are passed over.</summary>
    public async Task<RocketMqCommand> AnswerAsync(int opaque, TimeSpan timeout)
    {
        using var patience = new CancellationTokenSource(timeout);
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            var input = new ReadOnlySequence<byte>(_received);
            while (Exchange.Read(ref input) is { } command)
            {
                _received = input.ToArray();
                if (command.IsResponse && command.Opaque == opaque)
                    return command;
            }
            int count = await _socket.ReceiveAsync(buffer, patience.Token);
            if (count == 0)
                throw new IOException("the broker closed the connection");
            _received = [.. _received, .. buffer[..count]];
        }
    }

    public void Dispose() => _socket.Dispose();
}
