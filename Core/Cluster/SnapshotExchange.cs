using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Brings a follower up to date whose entries were cut: live entries first, then index blocks, the state, the mark, over
/// the bulk lane (DESIGN section 3, a lagging or new member). After a broken transfer the next one has another state, but
/// goes on behind the entries that came (<see cref="SnapshotStaging"/>). Transfers run beside the group's thread; what
/// must be decided comes to it as events.
/// </summary>
internal sealed class SnapshotExchange(
    GroupId group, ILogStore store, NodeServices services, Action<GroupEvent> post) : IAsyncDisposable
{
    /// <summary>Whoever says nothing for this long in the middle of a transfer is taken to have failed.</summary>
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(60);

    /// <summary>Transfers of one life of the process, at most; keeps their numbers apart from those of the next.</summary>
    private const long SessionsPerLife = 1_000_000;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<NodeId, SnapshotSending> _sending = [];
    private readonly Dictionary<NodeId, Task> _sendingTasks = [];
    private readonly SnapshotStaging _staging = new(group, store, services);
    private SnapshotReceiving? _receiving;
    private Task _received = Task.CompletedTask;
    private long _sessions;

    /// <summary>A snapshot has arrived whole; its live entries are staged in the store. Decided by
    /// <see cref="SnapshotReceiving.Decided"/>.</summary>
    public sealed record Offered(
        SnapshotReceiving Transfer, SnapshotMark Mark, ReadOnlySequence<byte> State) : GroupEvent;

    /// <summary>A transfer to a follower ended.</summary>
    public sealed record Ended(SnapshotSending Transfer, bool Ok) : GroupEvent;

    /// <summary>Lowest index of the snapshots under way to followers, which go on above it; null: none is.</summary>
    public long? LowestMark
    {
        get
        {
            lock (_gate)
                return _sending.Count == 0 ? null : _sending.Values.Min(sending => sending.Mark.Index);
        }
    }

    /// <summary>Starts to send. A transfer to the same follower that still runs gives way without a word: the one word
    /// per call is that of the new one. The blocks are disposed of with the transfer.</summary>
    public void Offer(
        NodeId peer, SnapshotMark mark, ReadOnlyMemory<byte> state, IBlockSet blocks, IReadOnlyList<long> live)
    {
        lock (_gate)
        {
            if (_sending.TryGetValue(peer, out SnapshotSending? old))
                old.Cancel();
            long session = checked(services.Life.Incarnation * SessionsPerLife + ++_sessions);
            var sending = new SnapshotSending(group, store, services, peer, session, _stop.Token)
            {
                Mark = mark,
                State = state,
                Live = live,
                Blocks = blocks,
            };
            _sending[peer] = sending;
            Task previous = _sendingTasks.GetValueOrDefault(peer, Task.CompletedTask);
            _sendingTasks[peer] = Task.Run(() => SendAsync(sending, previous));
        }
    }

    /// <summary>Whether this end is that of the last offer to its follower, so that it is to be reported. Group
    /// thread.</summary>
    public bool Ends(Ended ended)
    {
        lock (_gate)
        {
            if (_sending.GetValueOrDefault(ended.Transfer.Peer) != ended.Transfer)
                return false;
            _sending.Remove(ended.Transfer.Peer);
            return true;
        }
    }

    /// <summary>This member does not lead any more.</summary>
    public void CancelSending()
    {
        lock (_gate)
        {
            foreach (SnapshotSending sending in _sending.Values)
                sending.Cancel();
        }
    }

    public void PeerDisconnected(NodeId peer)
    {
        lock (_gate)
        {
            if (_sending.TryGetValue(peer, out SnapshotSending? sending))
                sending.Cancel();
            if (_receiving?.From == peer)
                EndReceiving();
        }
    }

    /// <param name="applied">Last entry that the group has applied.</param>
    public void Tick(long applied)
    {
        lock (_gate)
        {
            foreach (SnapshotSending sending in _sending.Values)
            {
                if (sending.Silence > MaxSilence)
                    sending.Cancel();
            }

            if (_receiving?.Silence > MaxSilence)
                EndReceiving();
            if (_received.IsCompleted && !_stop.IsCancellationRequested && _staging.IsAbandoned(applied))
                _received = Task.Run(DropStaged);
        }
    }

    /// <summary>A message of a transfer, either way. Transport threads; never blocks.</summary>
    /// <exception cref="MalformedException">It is none.</exception>
    public void Received(NodeId from, PeerKind kind, ReadOnlyMemory<byte> payload)
    {
        var reader = new StateReader(payload);
        long session = reader.ReadInt64();
        var verdict = kind == PeerKind.SnapshotAnswer ? (SnapshotVerdict)reader.ReadByte() : default;
        long number = reader.ReadInt64();
        MalformedException.ThrowIf(number is < 0 or long.MaxValue, "a chunk has no such number");
        ReadOnlyMemory<byte> body = reader.ReadRest();
        // Here, where it costs the connection; who takes the chunk in could only stop the node.
        SnapshotChunks.Check(kind, body);
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
                return;
            if (kind == PeerKind.SnapshotAnswer)
                Answered(from, session, verdict, number);
            else
                Take(from, session, kind, number, body);
        }
    }

    /// <summary>When it is done, nothing of this touches the store any more.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_gate)
        {
            _stop.Cancel();
            EndReceiving();
            running = [_received, .. _sendingTasks.Values];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        _stop.Dispose();
    }

    private void Answered(NodeId from, long session, SnapshotVerdict verdict, long number)
    {
        if (!_sending.TryGetValue(from, out SnapshotSending? sending) || sending.Session != session)
            return;
        if (verdict == SnapshotVerdict.Stored)
            sending.Acknowledged(number);
        else if (verdict == SnapshotVerdict.Begun)
            sending.Begun(number);
        else
            sending.Answered(verdict == SnapshotVerdict.Taken);
    }

    private void Take(NodeId from, long session, PeerKind kind, long number, ReadOnlyMemory<byte> body)
    {
        bool isCurrent = _receiving is { } current && current.From == from && current.Session == session;
        if (!isCurrent && number != 0)
        {
            // The middle of a transfer whose beginning is not here: from a leader of before, or given up.
            services.Links.SendPeer(
                from, PeerLane.Control, SnapshotChunks.Answer(group, session, SnapshotVerdict.Failed, number));
            return;
        }

        if (!isCurrent)
        {
            EndReceiving();
            var receiving = new SnapshotReceiving(
                group, store, _staging, services, from, session, post, _stop.Token);
            Task previous = _received;
            _receiving = receiving;
            _received = Task.Run(() => receiving.RunAsync(previous));
        }

        if (!_receiving!.TryTake(kind, number, body))
            EndReceiving();
    }

    private void EndReceiving()
    {
        _receiving?.End();
        _receiving = null;
    }

    private void DropStaged()
    {
        try
        {
            _staging.Decided(installed: false);
        }
        catch (LogStoreException error)
        {
            services.Links.Fail(error);
        }
    }

    private async Task SendAsync(SnapshotSending sending, Task previous)
    {
        await previous.ConfigureAwait(false);
        bool ok = false;
        try
        {
            // Cancelling must not run what follows on the thread, and under the lock, of who cancels.
            ok = await sending.RunAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (Exception error)
        {
            services.Links.Fail(error);
        }

        post(new Ended(sending, ok));
    }
}
