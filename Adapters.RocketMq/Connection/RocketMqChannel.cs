using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>Our requests to the client of one connection. Thread-safe; what is to be sent goes through the
/// loop.</summary>
internal sealed class RocketMqChannel(
    RocketMqPeer peer, RocketMqEndPoint storeHost, IRocketMqTurns turns, Action<RocketMqCommand> send, int timeoutMs,
    TimeProvider time) : IRocketMqChannel
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, TaskCompletionSource<RocketMqCommand?>> _asked = [];
    private int _lastOpaque;
    private bool _isClosed;

    public string Address => peer.Remote.ToString();

    public GroupId Group => peer.Group;

    public RocketMqEndPoint StoreHost => storeHost;

    public void Tell(RocketMqRequestCode code, IRocketMqHeader header, ReadOnlyMemory<byte> body) =>
        Send(code, NextOpaque(), RocketMqCommand.OneWayFlag, header, body);

    public async Task<RocketMqCommand?> AskAsync(
        RocketMqRequestCode code, IRocketMqHeader header, ReadOnlyMemory<byte> body)
    {
        int opaque = NextOpaque();
        var answer =
            new TaskCompletionSource<RocketMqCommand?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isClosed)
                return null;
            _asked.Add(opaque, answer);
        }
        Send(code, opaque, 0, header, body);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(timeoutMs), time);
        using CancellationTokenRegistration registration =
            patience.Token.UnsafeRegister(_ => Complete(opaque, null), null);
        return await answer.Task.ConfigureAwait(false);
    }

    /// <summary>The client answered; an answer that is too late, or to nothing, is dropped.</summary>
    public void Answered(RocketMqCommand answer) => Complete(answer.Opaque, answer);

    /// <summary>The connection is gone.</summary>
    public void Close()
    {
        int[] open;
        lock (_lock)
        {
            _isClosed = true;
            open = [.. _asked.Keys];
        }
        foreach (int opaque in open)
            Complete(opaque, null);
    }

    private void Complete(int opaque, RocketMqCommand? answer)
    {
        TaskCompletionSource<RocketMqCommand?>? waiting;
        lock (_lock)
        {
            if (!_asked.Remove(opaque, out waiting))
                return;
        }
        waiting.SetResult(answer);
    }

    private int NextOpaque() => Interlocked.Increment(ref _lastOpaque);

    private void Send(
        RocketMqRequestCode code, int opaque, int flag, IRocketMqHeader header, ReadOnlyMemory<byte> body)
    {
        var request = new RocketMqCommand((int)code, opaque, flag) { Fields = RocketMqFields.Of(header), Body = body };
        turns.Post(() => send(request));
    }
}
