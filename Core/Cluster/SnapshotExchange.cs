using System.Buffers;
using System.Threading.Channels;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Brings a follower up to date whose entries were cut: live entries first, then the state, then the mark, over the
/// bulk lane (DESIGN section 3, a lagging or new member). Transfers run beside the group's thread; what must be
/// decided comes to it as events.
/// </summary>
internal sealed class SnapshotExchange(
    GroupId group, ILogStore store, NodeServices services, Action<GroupEvent> post) : IDisposable
{
    private const int ChunkBytes = 512 * 1024;

    /// <summary>Chunks under way and not stored yet, a count: a slow disk holds the sender back, not memory.</summary>
    private const int Window = 8;

    /// <summary>A follower that says nothing for this long is taken to have failed.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<NodeId, Sending> _sending = [];
    private Receiving? _receiving;
    private Task _received = Task.CompletedTask;
    private long _sessions;

    /// <summary>A snapshot has arrived whole; its live entries are staged in the store.</summary>
    public sealed record Offered(NodeId From, SnapshotMark Mark, ReadOnlyMemory<byte> State) : GroupEvent;

    /// <summary>A transfer to a follower ended.</summary>
    public sealed record Ended(NodeId Peer, bool Ok) : GroupEvent;

    /// <summary>Starts to send; one transfer per follower at a time.</summary>
    public void Offer(NodeId peer, SnapshotMark mark, ReadOnlyMemory<byte> state, IReadOnlyList<long> live)
    {
        lock (_gate)
        {
            if (_sending.ContainsKey(peer))
                return;
            var sending = new Sending(
                services.Life.Incarnation * 1_000_000 + ++_sessions,
                CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
            {
                HeardMs = services.Time.MonotonicMs(),
            };
            _sending.Add(peer, sending);
            _ = Task.Run(() => SendAsync(peer, sending, mark, state, live));
        }
    }

    public void PeerDisconnected(NodeId peer)
    {
        lock (_gate)
        {
            if (_sending.TryGetValue(peer, out Sending? sending))
                sending.Cancel.Cancel();
            if (_receiving?.From == peer)
                EndReceiving();
        }
    }

    public void Tick()
    {
        lock (_gate)
        {
            foreach (Sending sending in _sending.Values)
            {
                if (services.Time.MonotonicMs() - sending.HeardMs > AnswerTimeout.TotalMilliseconds)
                    sending.Cancel.Cancel();
            }
        }
    }

    /// <summary>The follower's word to the leader about an offer.</summary>
    public void Answer(NodeId leader, bool ok)
    {
        long session;
        lock (_gate)
        {
            if (_receiving is not { } receiving || receiving.From != leader)
                return;
            session = receiving.Session;
            EndReceiving();
        }

        var output = new ArrayBufferWriter<byte>();
        output.WriteByte(0);
        output.WriteInt64(session);
        output.WriteByte(ok ? (byte)1 : (byte)0);
        services.Links.SendPeer(
            leader, PeerLane.Bulk, new PeerMessage((byte)PeerKind.SnapshotDone, group, output.WrittenMemory));
    }

    /// <summary>A message of a transfer, either way. Transport threads; never blocks.</summary>
    public void Received(NodeId from, PeerKind kind, ReadOnlyMemory<byte> payload)
    {
        var reader = new StateReader(payload);
        bool fromLeader = kind switch
        {
            PeerKind.SnapshotAck => false,
            PeerKind.SnapshotDone => reader.ReadByte() == 1,
            _ => true,
        };
        long session = reader.ReadInt64();
        lock (_gate)
        {
            if (!fromLeader)
            {
                if (!_sending.TryGetValue(from, out Sending? sending) || sending.Session != session)
                    return;
                sending.HeardMs = services.Time.MonotonicMs();
                if (kind == PeerKind.SnapshotAck)
                    sending.Room.Release();
                else
                    sending.Answer.TrySetResult(reader.ReadByte() == 1);
                return;
            }

            if (_receiving?.From != from || _receiving.Session != session)
            {
                EndReceiving();
                var begun = new Receiving(from, session, CancellationTokenSource.CreateLinkedTokenSource(_stop.Token));
                Task before = _received;
                _receiving = begun;
                _received = Task.Run(() => ReceiveAsync(begun, before));
            }

            // More than the window means that the two do not agree about it: the transfer starts again.
            if (!_receiving.Chunks.Writer.TryWrite((kind, reader.ReadRest())))
                EndReceiving();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        lock (_gate)
            EndReceiving();
        _stop.Dispose();
    }

    private void EndReceiving()
    {
        _receiving?.Cancel.Cancel();
        _receiving = null;
    }

    private async Task SendAsync(
        NodeId peer, Sending sending, SnapshotMark mark, ReadOnlyMemory<byte> state, IReadOnlyList<long> live)
    {
        bool ok = false;
        try
        {
            await SendEntriesAsync(peer, sending, live).ConfigureAwait(false);
            for (int at = 0; at < state.Length; at += ChunkBytes)
            {
                ReadOnlyMemory<byte> chunk = state.Slice(at, Math.Min(ChunkBytes, state.Length - at));
                await SendAsync(peer, sending, PeerKind.SnapshotState, output => output.Write(chunk.Span))
                    .ConfigureAwait(false);
            }

            await SendAsync(peer, sending, PeerKind.SnapshotDone, output => WriteMark(output, mark))
                .ConfigureAwait(false);
            ok = await sending.Answer.Task.WaitAsync(sending.Cancel.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ok = false;
        }
        catch (LogStoreException error)
        {
            // An entry may just have died and its segment gone: the next offer has a fresh list.
            GroupTrace.SnapshotNotSent(services.Log, group, peer, error);
        }
        catch (Exception error)
        {
            services.Links.Fail(error);
        }
        finally
        {
            lock (_gate)
                _sending.Remove(peer);
            sending.Cancel.Dispose();
            sending.Room.Dispose();
            post(new Ended(peer, ok));
        }
    }

    private async Task SendEntriesAsync(NodeId peer, Sending sending, IReadOnlyList<long> live)
    {
        List<Entry> chunk = [];
        long bytes = 0;
        for (int i = 0; i < live.Count; i++)
        {
            Entry entry = store.Read(group, live[i], live[i], int.MaxValue)[0];
            chunk.Add(entry);
            bytes += entry.Payload.Length;
            if (bytes < ChunkBytes && i < live.Count - 1)
                continue;
            List<Entry> entries = chunk;
            await SendAsync(peer, sending, PeerKind.SnapshotEntries, output => WriteEntries(output, entries))
                .ConfigureAwait(false);
            chunk = [];
            bytes = 0;
        }
    }

    private async Task SendAsync(NodeId peer, Sending sending, PeerKind kind, Action<IBufferWriter<byte>> write)
    {
        if (kind != PeerKind.SnapshotDone)
            await sending.Room.WaitAsync(sending.Cancel.Token).ConfigureAwait(false);
        var output = new ArrayBufferWriter<byte>(ChunkBytes / 8);
        if (kind == PeerKind.SnapshotDone)
            output.WriteByte(1);
        output.WriteInt64(sending.Session);
        write(output);
        await SendAsync(peer, kind, output.WrittenMemory, sending.Cancel.Token).ConfigureAwait(false);
    }

    private async Task SendAsync(NodeId to, PeerKind kind, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var message = new PeerMessage((byte)kind, group, payload);
        while (!services.Links.SendPeer(to, PeerLane.Bulk, message))
        {
            // The peer's queue is full; a broken connection cancels.
            await Task.Delay(TimeSpan.FromMilliseconds(20), services.Time, cancellation).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(Receiving receiving, Task before)
    {
        CancellationToken over = receiving.Cancel.Token;
        try
        {
            // Two transfers into one stage would mix.
            await before.ConfigureAwait(false);
            store.DropStaged(group);
            var state = new ArrayBufferWriter<byte>();
            await foreach ((PeerKind kind, ReadOnlyMemory<byte> chunk) in receiving.Chunks.Reader
                .ReadAllAsync(over).ConfigureAwait(false))
            {
                switch (kind)
                {
                    case PeerKind.SnapshotEntries:
                        store.Stage(group, ReadEntries(chunk));
                        break;
                    case PeerKind.SnapshotState:
                        state.Write(chunk.Span);
                        break;
                    default:
                        post(new Offered(receiving.From, ReadMark(chunk), state.WrittenMemory));
                        return;
                }

                var output = new ArrayBufferWriter<byte>();
                output.WriteInt64(receiving.Session);
                await SendAsync(receiving.From, PeerKind.SnapshotAck, output.WrittenMemory, over).ConfigureAwait(false);
            }
        }
        catch (Exception) when (over.IsCancellationRequested)
        {
            // Given up, or the store was closed under it at the node's stop: what was staged is dropped by the next.
            return;
        }
        catch (Exception error)
        {
            services.Links.Fail(error);
        }
    }

    private static void WriteEntries(IBufferWriter<byte> output, List<Entry> entries)
    {
        output.WriteInt32(entries.Count);
        foreach (Entry entry in entries)
        {
            output.WriteInt64(entry.Index);
            output.WriteInt64(entry.Term);
            output.WriteByte((byte)entry.Kind);
            output.WriteBytes(entry.Payload.Span);
        }
    }

    private static List<Entry> ReadEntries(ReadOnlyMemory<byte> chunk)
    {
        var reader = new StateReader(chunk);
        List<Entry> entries = [];
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            entries.Add(new Entry(
                reader.ReadInt64(), reader.ReadInt64(), (EntryKind)reader.ReadByte(), reader.ReadBytes()));
        }

        return entries;
    }

    private static void WriteMark(IBufferWriter<byte> output, SnapshotMark mark)
    {
        output.WriteInt64(mark.Index);
        output.WriteInt64(mark.Term);
        foreach (IReadOnlyList<NodeId> nodes in (IReadOnlyList<NodeId>[])[mark.Members.Voters, mark.Members.Learners])
        {
            output.WriteInt32(nodes.Count);
            foreach (NodeId node in nodes)
                output.WriteInt32(node.Value);
        }
    }

    private static SnapshotMark ReadMark(ReadOnlyMemory<byte> chunk)
    {
        var reader = new StateReader(chunk);
        long index = reader.ReadInt64();
        long term = reader.ReadInt64();
        var voters = new NodeId[reader.ReadCount()];
        for (int i = 0; i < voters.Length; i++)
            voters[i] = new NodeId(reader.ReadInt32());
        var learners = new NodeId[reader.ReadCount()];
        for (int i = 0; i < learners.Length; i++)
            learners[i] = new NodeId(reader.ReadInt32());
        return new SnapshotMark(index, term, new GroupMembers(voters, learners));
    }

    private sealed class Sending(long session, CancellationTokenSource cancel)
    {
        public long Session { get; } = session;

        public CancellationTokenSource Cancel { get; } = cancel;

        public TaskCompletionSource<bool> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Room for that many chunks more.</summary>
        public SemaphoreSlim Room { get; } = new(Window);

        /// <summary>When the follower was heard last, monotonic ms. Under the lock.</summary>
        public long HeardMs { get; set; }
    }

    private sealed class Receiving(NodeId from, long session, CancellationTokenSource cancel)
    {
        public CancellationTokenSource Cancel { get; } = cancel;

        public NodeId From { get; } = from;

        public long Session { get; } = session;

        /// <summary>A chunk is at most 1 MiB or so; the end comes on top of the window.</summary>
        public Channel<(PeerKind Kind, ReadOnlyMemory<byte> Chunk)> Chunks { get; } =
            Channel.CreateBounded<(PeerKind, ReadOnlyMemory<byte>)>(Window + 1);
    }
}
