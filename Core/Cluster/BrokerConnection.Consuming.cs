using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;
using QueueState = Cmq.MultiProtocol.Core.Metadata.QueueState;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Consuming: attachments, credit, what is held, settling.</content>
internal sealed partial class BrokerConnection
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, ConsumerState> _consumers = [];
    private readonly Dictionary<QueueId, HeldMessages> _held = [];
    private bool _disposed;

    public async ValueTask<Reply> AttachAsync(
        QueueId queue, int consumer, ConsumerOptions options, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return Reply.QueueNotFound;
        var state = new ConsumerState(queue, info.Group, options.AutoSettle, options.Credit);
        lock (_gate)
            _consumers.Add(consumer, state);
        var key = new ConsumerKey(Key, consumer);
        var answer = new LaneAnswer();
        _life.LaneTo(info.Group).Enqueue(
            (queue, key, options),
            static (state, output) => QueueCommandWriter.Attach(
                output, state.queue, state.key, state.options.Priority, state.options.Exclusive),
            answer,
            0);
        Answer attached = await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
        if (attached.Reply != Reply.Ok)
        {
            lock (_gate)
                _consumers.Remove(consumer);
            return attached.Reply;
        }

        if (options.Credit > 0)
            _life.Tell(info.Group, new QueueAsk.Credit(queue, key, options.Credit));
        return Reply.Ok;
    }

    public async ValueTask DetachAsync(int consumer, CancellationToken cancellation)
    {
        ConsumerState? state;
        lock (_gate)
        {
            if (!_consumers.Remove(consumer, out state))
                return;
        }

        var answer = new LaneAnswer();
        _life.LaneTo(state.Group).Enqueue(
            (state.Queue, Consumer: new ConsumerKey(Key, consumer)),
            static (state, output) => QueueCommandWriter.Detach(output, state.Queue, state.Consumer),
            answer,
            0);
        await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    public void AddCredit(int consumer, int messages)
    {
        ConsumerState? state;
        long granted;
        lock (_gate)
        {
            if (!_consumers.TryGetValue(consumer, out state))
                return;
            granted = state.Granted += messages;
        }

        _life.Tell(state.Group, new QueueAsk.Credit(state.Queue, new ConsumerKey(Key, consumer), granted));
    }

    public void Settle(QueueId queue, ReadOnlySpan<long> sequences, SettleOutcome outcome)
    {
        long[] mine = new long[sequences.Length];
        int count = 0;
        HeldMessages? held;
        lock (_gate)
        {
            if (!_held.TryGetValue(queue, out held))
                return;
            foreach (long sequence in sequences)
            {
                if (held.BeginSettle(sequence))
                    mine[count++] = sequence;
            }
        }

        if (count > 0)
            SendSettle(held.Group, queue, mine.AsMemory(0, count), outcome, null);
    }

    /// <summary>A settlement was applied.</summary>
    public void Settled(QueueId queue, long[] sequences)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(queue, out HeldMessages? held))
                return;
            held.EndSettle(sequences);
            if (held.Count == 0)
                _held.Remove(queue);
        }
    }

    public async ValueTask<(Reply Reply, Delivery? Delivery, long Ready)> GetAsync(
        QueueId queue, bool autoSettle, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return (Reply.QueueNotFound, null, 0);
        QueueSaid said = await AskAsync(info.Group, new QueueAsk.Get(queue, Key, autoSettle), cancellation)
            .ConfigureAwait(false);
        if (said.Deliveries.Count == 0)
            return (said.Reply, null, said.Count);
        Delivery delivery = said.Deliveries[0];
        // With auto-settle the leader settles it.
        if (!autoSettle)
        {
            lock (_gate)
                Held(info.Group, queue).Add(delivery.Sequence, 0);
        }

        return (Reply.Ok, delivery, said.Count);
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> ReceiveAsync(
        QueueId queue, int max, int waitMs, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return (Reply.QueueNotFound, []);
        long number = _life.NextRequest();
        try
        {
            object? said = await _life.AskAsync(
                info.Group,
                new QueueAsk.Receive(queue, Key, max, waitMs),
                cancellation,
                number,
                TimeSpan.FromMilliseconds(waitMs)).ConfigureAwait(false);
            return said is QueueSaid answer ? (answer.Reply, answer.Deliveries) : (Reply.TimedOut, []);
        }
        catch (OperationCanceledException)
        {
            _life.Tell(info.Group, new QueueAsk.CancelReceive(queue, number));
            throw;
        }
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<Reply> Each)> SettleReceiptsAsync(
        QueueId queue, IReadOnlyList<long> receipts, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return (Reply.QueueNotFound, []);
        List<Reply> each = new(receipts.Count);
        foreach (long[] part in receipts.Chunk(QueueCommandWriter.MaxReceipts))
        {
            var answer = new LaneAnswer();
            _life.LaneTo(info.Group).Enqueue(
                (queue, part),
                static (state, output) => QueueCommandWriter.SettleReceipts(output, state.queue, state.part),
                answer,
                0);
            Answer settled = await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
            if (settled.Reply != Reply.Ok)
                return (settled.Reply, []);
            for (int i = 0; i < part.Length; i++)
                each.Add((settled.Value >> i & 1) != 0 ? Reply.Ok : Reply.CheckOutExpired);
        }

        return (Reply.Ok, each);
    }

    /// <summary>A message from a leader for one of this connection's consumers.</summary>
    public void Deliver(Delivery delivery)
    {
        bool autoSettle;
        lock (_gate)
        {
            if (_disposed)
                return;
            if (!_consumers.TryGetValue(delivery.Consumer, out ConsumerState? state))
            {
                // Detached while it was on its way: it goes back to where it was.
                if (Directory.FindQueue(delivery.Queue) is not { } info)
                    return;
                HeldMessages back = Held(info.Group, delivery.Queue);
                back.Add(delivery.Sequence, delivery.Consumer);
                back.BeginSettle(delivery.Sequence);
                SendSettle(
                    info.Group, delivery.Queue, new[] { delivery.Sequence }, SettleOutcome.Returned, null);
                return;
            }

            state.Received++;
            autoSettle = state.AutoSettle;
            Held(state.Group, delivery.Queue).Add(delivery.Sequence, delivery.Consumer);
        }

        Sink.Delivered(delivery);
        if (autoSettle)
            Settle(delivery.Queue, [delivery.Sequence], SettleOutcome.Done);
    }

    /// <summary>Cancels the consumers whose queues are gone, and forgets what was held of them.</summary>
    public void CancelGone(DirectorySnapshot directory)
    {
        List<int> cancelled = [];
        lock (_gate)
        {
            foreach ((int consumer, ConsumerState state) in _consumers)
            {
                if (directory.StateOf(state.Queue) == QueueState.Gone)
                    cancelled.Add(consumer);
            }

            foreach (int consumer in cancelled)
                _consumers.Remove(consumer);
            foreach (QueueId queue in _held.Keys.Where(queue => directory.StateOf(queue) == QueueState.Gone).ToList())
                _held.Remove(queue);
        }

        foreach (int consumer in cancelled)
            Sink.Cancelled(consumer);
        if (cancelled.Count > 0)
            Sink.Flush();
    }

    /// <summary>What a new leader of the group must know of this connection.</summary>
    public void Announce(GroupId group, AnnouncementBuilder announcement)
    {
        lock (_gate)
        {
            foreach ((int number, ConsumerState state) in _consumers)
            {
                if (state.Group == group)
                    announcement.AddConsumer(state.Queue, new ConsumerKey(Key, number), state.Granted, state.Received);
            }

            foreach ((QueueId queue, HeldMessages held) in _held)
            {
                if (held.Group != group)
                    continue;
                foreach ((long sequence, int consumer) in held.All)
                    announcement.AddHeld(queue, new ConsumerKey(Key, consumer), sequence);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<(GroupId Group, QueueId Queue, long[] Sequences)> back = [];
        HashSet<GroupId> groups = [];
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (ConsumerState state in _consumers.Values)
                groups.Add(state.Group);
            foreach ((QueueId queue, HeldMessages held) in _held)
            {
                long[] sequences = held.Unsettled();
                if (sequences.Length > 0)
                    back.Add((held.Group, queue, sequences));
            }

            _consumers.Clear();
        }

        List<LaneAnswer> answers = [];
        foreach ((GroupId group, QueueId queue, long[] sequences) in back)
        {
            var answer = new LaneAnswer();
            answers.Add(answer);
            SendSettle(group, queue, sequences, SettleOutcome.Returned, answer);
        }

        foreach (GroupId group in groups)
        {
            var answer = new LaneAnswer();
            answers.Add(answer);
            _life.LaneTo(group).Enqueue(
                Key, static (key, output) => QueueCommandWriter.CloseConnection(output, key), answer, 0);
        }

        if (_ownsQueues)
        {
            await ChangeAsync(new DirectoryCommand.RemoveConnectionQueues(Key), CancellationToken.None)
                .ConfigureAwait(false);
            await AwaitTopologyAsync(null, gone: false, CancellationToken.None).ConfigureAwait(false);
        }

        foreach (LaneAnswer answer in answers)
            await answer.Task.ConfigureAwait(false);
        _life.Ended(this);
    }

    private HeldMessages Held(GroupId group, QueueId queue)
    {
        if (!_held.TryGetValue(queue, out HeldMessages? held))
            _held.Add(queue, held = new HeldMessages(group));
        return held;
    }

    private void SendSettle(
        GroupId group, QueueId queue, ReadOnlyMemory<long> sequences, SettleOutcome outcome, ILaneCompletion? answer)
    {
        long[] kept = sequences.ToArray();
        Array.Sort(kept);
        _life.LaneTo(group).Enqueue(
            (queue, Key, outcome, Ranges: SequenceRanges.Of(kept)),
            static (state, output) => QueueCommandWriter.Settle(
                output, state.queue, state.Key, state.outcome, state.Ranges),
            answer ?? new SettleCompletion(this, queue, kept),
            0);
    }
}
