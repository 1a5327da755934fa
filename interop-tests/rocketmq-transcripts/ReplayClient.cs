using System.Buffers;
using System.Net.Sockets;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Interop.RocketMq;

/// <summary>One connection that asks one request at a time, and overhears what the broker asks by
/// itself.</summary>
internal sealed class ReplayClient : IDisposable
{
    /// <summary>For answers that are not waits of their own.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly RocketMqWriter _writer = new();
    private readonly Queue<RocketMqCommand> _requests = [];
    private byte[] _received = [];
    private int _opaque = 1_000_000;

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

    /// <summary>Asks, and gives the answer.</summary>
    public async Task<RocketMqCommand> AskAsync(
        RocketMqRequestCode code, RocketMqFields? fields, ReadOnlyMemory<byte> body = default)
    {
        int opaque = ++_opaque;
        await SendAsync(new RocketMqCommand((int)code, opaque, 0) { Fields = fields, Body = body });
        return await AnswerAsync(opaque, Patience);
    }

    /// <summary>The next request of the broker's own with that code.</summary>
    public async Task<RocketMqCommand> RequestAsync(RocketMqRequestCode code)
    {
        while (true)
        {
            while (_requests.TryDequeue(out RocketMqCommand? request))
            {
                if (request.Code == (int)code)
                    return request;
            }
            using var patience = new CancellationTokenSource(Patience);
            await ReceiveAsync(patience.Token);
            Cut();
        }
    }

    /// <summary>The answer with that opaque; others, of requests that were not waited for, are passed
    /// over.</summary>
    public async Task<RocketMqCommand> AnswerAsync(int opaque, TimeSpan timeout)
    {
        using var patience = new CancellationTokenSource(timeout);
        while (true)
        {
            foreach (RocketMqCommand answer in Cut())
            {
                if (answer.Opaque == opaque)
                    return answer;
            }
            await ReceiveAsync(patience.Token);
        }
    }

    /// <summary>Cuts what has come into answers and requests.</summary>
    private List<RocketMqCommand> Cut()
    {
        var answers = new List<RocketMqCommand>();
        var input = new ReadOnlySequence<byte>(_received);
        while (Exchange.Read(ref input) is { } command)
        {
            if (command.IsResponse)
                answers.Add(command);
            else
                _requests.Enqueue(command);
        }
        _received = input.ToArray();
        return answers;
    }

    private async Task ReceiveAsync(CancellationToken cancellation)
    {
        byte[] buffer = new byte[64 * 1024];
        int count = await _socket.ReceiveAsync(buffer, cancellation);
        if (count == 0)
            throw new IOException("the broker closed the connection");
        _received = [.. _received, .. buffer[..count]];
    }

    public void Dispose() => _socket.Dispose();
}
