using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Interop.RocketMq.Raw;

/// <summary>One connection with any number of requests under way; hears what the broker asks by itself. Thread-safe.
/// </summary>
internal sealed class RemotingClient : IDisposable
{
    private const int MaxFrameBytes = 16 * 1024 * 1024;

    /// <summary>Of a request; a pull waits longer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket =
        new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly ConcurrentDictionary<int, TaskCompletionSource<RocketMqCommand>> _asked = [];
    private readonly RocketMqWriter _writer = new();
    private readonly Lock _writing = new();
    private int _opaque;

    private RemotingClient()
    {
    }

    /// <summary>The broker's own requests.</summary>
    public event Action<RocketMqCommand>? Overheard;

    /// <summary>Completed when the connection is gone, whoever ended it.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    public static async Task<RemotingClient> ConnectAsync(string address)
    {
        var client = new RemotingClient();
        string[] parts = address.Split(':');
        try
        {
            await client._socket.ConnectAsync(parts[0], int.Parse(parts[1]));
        }
        catch
        {
            client.Dispose();
            throw;
        }
        client.Closed = Task.Run(client.ReadAsync);
        return client;
    }

    /// <exception cref="IOException">The connection is gone.</exception>
    /// <exception cref="TimeoutException">There was no answer.</exception>
    public async Task<RocketMqCommand> AskAsync(
        RocketMqRequestCode code, RocketMqFields? fields, ReadOnlyMemory<byte> body = default)
    {
        int opaque = Interlocked.Increment(ref _opaque);
        var answer = new TaskCompletionSource<RocketMqCommand>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[opaque] = answer;
        try
        {
            Send(new RocketMqCommand((int)code, opaque, 0) { Fields = fields, Body = body });
            if (Closed.IsCompleted)
                throw new IOException("the connection is gone");
            return await answer.Task.WaitAsync(Patience);
        }
        finally
        {
            _asked.TryRemove(opaque, out _);
        }
    }

    /// <summary>As <see cref="AskAsync"/>; the answer must be a success.</summary>
    public async Task<RocketMqCommand> MustAsync(
        RocketMqRequestCode code, RocketMqFields? fields, ReadOnlyMemory<byte> body = default)
    {
        RocketMqCommand answer = await AskAsync(code, fields, body);
        Assert.True(answer.Code == 0, $"{code}: {answer.Code} {answer.Remark}");
        return answer;
    }

    /// <summary>Ends it as a killed process does: nothing is said to the broker.</summary>
    public void Dispose() => _socket.Dispose();

    private void Send(RocketMqCommand request)
    {
        lock (_writing)
        {
            var frame = new ArrayBufferWriter<byte>();
            _writer.Write(request, frame);
            try
            {
                for (ReadOnlySpan<byte> left = frame.WrittenSpan; !left.IsEmpty;)
                    left = left[_socket.Send(left)..];
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                throw new IOException("the connection is gone", gone);
            }
        }
    }

    private async Task ReadAsync()
    {
        var gone = new IOException("the connection is gone");
        try
        {
            PipeReader reader = PipeReader.Create(new NetworkStream(_socket));
            while (true)
            {
                ReadResult read = await reader.ReadAsync();
                ReadOnlySequence<byte> input = read.Buffer;
                while (RocketMqReader.TryRead(ref input, MaxFrameBytes, MaxFrameBytes, out RocketMqCommand? command))
                    Take(command!);
                reader.AdvanceTo(input.Start, input.End);
                if (read.IsCompleted)
                    break;
            }
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or SocketException)
        {
            gone = new IOException("the connection is gone", broken);
        }
        foreach (TaskCompletionSource<RocketMqCommand> waiting in _asked.Values)
            waiting.TrySetException(gone);
    }

    private void Take(RocketMqCommand command)
    {
        if (!command.IsResponse)
            Overheard?.Invoke(command);
        else if (_asked.TryRemove(command.Opaque, out TaskCompletionSource<RocketMqCommand>? waiting))
            waiting.TrySetResult(command);
    }
}
