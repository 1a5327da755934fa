using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;
using QueueState = Cmq.MultiProtocol.Core.Metadata.QueueState;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Consuming: attachments, credit, what is held, settling.</content>
internal sealed partial class BrokerConnection
{
    /// <summary>Messages in one settle, a count: 64 KiB if none is next to another.</summary>
    private const int MaxSettlesPerCommand = 4096;

    private readonly Lock _gate = new();
    private ConnectionConsumers? _consuming;
    private bool _disposed;
    private bool _isCutOff;

    /// <summary>Made when first asked for: most devices only listen in memory. Under the lock.</summary>
    private ConnectionConsumers OwnConsuming => _consuming ??= new ConnectionConsumers();

    public async ValueTask<Reply> AttachAsync(
        QueueId queue, int consumer, ConsumerOptions options, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return Reply.QueueNotFound;
        var state = new ConsumerState(queue, info.Group, options.AutoSettle, options.Credit);
        lock (_gate)
        {
            if (_disposed)
                return Reply.Unavailable;
            OwnConsuming.Consumers.Add(consumer, state);
            OwnConsuming.Touched.Add(info.Group);
        }

        var key = new ConsumerKey(Key, consumer);
        var answer = new LaneAnswer();
        _life.LaneTo(info.Group).Enqueue(
            (queue, key, options),
            static (state, output) => QueueCommandWriter.Attach(
                output,
                state.queue,
                state.key,
                state.options.Priority,
                state.options.Exclusive,
                state.options.Epoch),
            answer,
            0);
        Answer attached;
        try
        {
            attached = await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            GiveUp(consumer, state);
            throw;
        }

        if (attached.Reply != Reply.Ok)
        {
            GiveUp(consumer, state);
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
            if (_consuming is not { } consuming || !consuming.Consumers.Remove(consumer, out state))
                return;
        }

        var answer = new LaneAnswer();
        SendDetach(state, consumer, answer);
        await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Refused, or nobody waits for it any more; in the second case it may still be attached, and would take
    /// messages for nobody.</summary>
    private void GiveUp(int consumer, ConsumerState state)
    {
        lock (_gate)
        {
            if (OwnConsuming.Consumers.GetValueOrDefault(consumer) != state)
                return;
            OwnConsuming.Consumers.Remove(consumer);
        }

        SendDetach(state, consumer, null);
    }

    private void SendDetach(ConsumerState state, int consumer, ILaneCompletion? answer) =>
        _life.LaneTo(state.Group).Enqueue(
            (state.Queue, Consumer: new ConsumerKey(Key, consumer)),
            static (state, output) => QueueCommandWriter.Detach(output, state.Queue, state.Consumer),
            answer,
            0);

    public void AddCredit(int consumer, int messages)
    {
        ConsumerState? state;
        long granted;
        long returnedIn = 0;
        lock (_gate)
        {
            if (_consuming is not { } consuming || !consuming.Consumers.TryGetValue(consumer, out state))
                return;
            granted = state.Granted += messages;
            // What goes back is handed out again before what stood behind it, so it must be there first.
            if (consuming.Held.TryGetValue(state.Queue, out HeldMessages? held))
                returnedIn = held.ReturnedIn;
        }

        _life.Tell(state.Group, new QueueAsk.Credit(state.Queue, new ConsumerKey(Key, consumer), granted), returnedIn);
    }

    public void Settle(QueueId queue, ReadOnlySpan<long> sequences, SettleOutcome outcome)
    {
        long[] mine = new long[sequences.Length];
        int count = 0;
        lock (_gate)
        {
            if (_consuming is not { } consuming || !consuming.Held.TryGetValue(queue, out HeldMessages? held))
                return;
            foreach (long sequence in sequences)
            {
                if (held.CanSettle(sequence))
                    mine[count++] = sequence;
            }

            if (count > 0)
                SendSettle(held, queue, count == mine.Length ? mine : mine[..count], outcome);
        }
    }

    public async ValueTask<Reply> SettleForGoodAsync(
        QueueId queue, IReadOnlyList<long> sequences, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return Reply.QueueNotFound;
        foreach (long[] part in sequences.Order().Chunk(MaxSettlesPerCommand))
        {
            var answer = new LaneAnswer();
            _life.LaneTo(info.Group).Enqueue(
                (queue, Key, Ranges: SequenceRanges.Of(part)),
                static (state, output) => QueueCommandWriter.Settle(
                    output, state.queue, state.Key, SettleOutcome.Done, state.Ranges),
                answer,
                0);
            Answer settled = await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
            if (settled.Reply != Reply.Ok)
                return settled.Reply;
        }

        return Reply.Ok;
    }

    /// <summary>A settlement was applied.</summary>
    public void Settled(QueueId queue, long[] sequences, SettleCompletion completion)
    {
        lock (_gate)
        {
            if (_consuming is not { } consuming || !consuming.Held.TryGetValue(queue, out HeldMessages? held))
                return;
            held.EndSettle(sequences, completion.Batch);
            if (held.Count == 0)
                consuming.Held.Remove(queue);
        }
    }

    public async ValueTask<(Reply Reply, Delivery? Delivery, long Ready)> GetAsync(
        QueueId queue, bool autoSettle, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return (Reply.QueueNotFound, null, 0);
        lock (_gate)
            OwnConsuming.Touched.Add(info.Group);
        QueueSaid said = await AskAsync(info.Group, new QueueAsk.Get(queue, Key, autoSettle), cancellation)
            .ConfigureAwait(false);
        return said.Deliveries.Count == 0
            ? (said.Reply, null, said.Count)
            : (Reply.Ok, said.Deliveries[0], said.Count);
    }

    /// <summary>A get has brought a message.</summary>
    /// <returns>False: the connection has ended, or somebody else may have it by now; it cannot be held.</returns>
    public bool Took(GroupId group, DeliveryFence fence, Delivery delivery)
    {
        lock (_gate)
        {
            if (_disposed || _life.IsPast(group, fence))
                return false;
            Held(group, delivery.Queue).Add(delivery.Sequence, 0);
            return true;
        }
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
            if (said is QueueSaid answer)
                return (answer.Reply, answer.Deliveries);
            _life.Tell(info.Group, new QueueAsk.CancelReceive(queue, number));
            return (Reply.TimedOut, []);
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
    public void Deliver(GroupId group, DeliveryFence fence, Delivery delivery)
    {
        lock (_gate)
        {
            // Under the lock: an announcement either has it, or it is not taken any more.
            if (_disposed || _life.IsPast(group, fence))
                return;
            if (!_life.Node.HoldsLease)
            {
                CutOff();
                return;
            }

            if (!OwnConsuming.Consumers.TryGetValue(delivery.Consumer, out ConsumerState? state))
            {
                // Detached while it was on its way: it goes back to where it was.
                if (Directory.FindQueue(delivery.Queue) is not { } info)
                    return;
                HeldMessages back = Held(info.Group, delivery.Queue);
                back.Add(delivery.Sequence, delivery.Consumer);
                SendSettle(back, delivery.Queue, [delivery.Sequence], SettleOutcome.Returned);
                return;
            }

            state.Received++;
            HeldMessages held = Held(state.Group, delivery.Queue);
            held.Add(delivery.Sequence, delivery.Consumer);
            // Under the lock: nothing reaches the sink after a detach was answered. A sink only queues.
            Sink.Delivered(delivery);
            if (state.AutoSettle)
                SendSettle(held, delivery.Queue, [delivery.Sequence], SettleOutcome.Done);
        }
    }

    /// <summary>What comes now may have waited while the process was suspended, and others may have it by now. The client
    /// goes, and what it held or was sent with it; the node itself may still find its lease renewed. Under the lock.
    /// </summary>
    private void CutOff()
    {
        if (_isCutOff)
            return;
        _isCutOff = true;
        Sink.Closing(BrokerNode.LeaseLost);
    }

    /// <summary>Cancels the consumers whose queues are gone, and forgets what was held of them.</summary>
    public void CancelGone(DirectorySnapshot directory)
    {
        List<int> cancelled = [];
        lock (_gate)
        {
            if (_consuming is not { } consuming)
                return;
            foreach ((int consumer, ConsumerState state) in consuming.Consumers)
            {
                if (directory.StateOf(state.Queue) == QueueState.Gone)
                    cancelled.Add(consumer);
            }

            foreach (int consumer in cancelled)
                consuming.Consumers.Remove(consumer);
            foreach (QueueId queue in consuming.Held.Keys.Where(
                queue => directory.StateOf(queue) == QueueState.Gone).ToList())
            {
                consuming.Held.Remove(queue);
            }
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
            if (_consuming is not { } consuming)
                return;
            foreach ((int number, ConsumerState state) in consuming.Consumers)
            {
                if (state.Group == group)
                    announcement.AddConsumer(state.Queue, new ConsumerKey(Key, number), state.Granted, state.Received);
            }

            foreach ((QueueId queue, HeldMessages held) in consuming.Held)
            {
                if (held.Group != group)
                    continue;
                foreach ((long sequence, int consumer) in held.AsOf(announcement.AsOf))
                    announcement.AddHeld(queue, new ConsumerKey(Key, consumer), sequence);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<LaneAnswer> answers = [];
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _subscriptions?.End();
            _consuming?.Consumers.Clear();
            foreach ((QueueId queue, HeldMessages held) in _consuming?.Held.ToList() ?? [])
            {
                long[] sequences = held.Unsettled();
                if (sequences.Length > 0)
                    SendSettle(held, queue, sequences, SettleOutcome.Returned);
            }
        }

        answers.AddRange(_sessions.End());
        // Every group that may think that this connection holds something, also of a delivery still on its way.
        foreach (GroupId group in _consuming?.Touched ?? [])
        {
            var answer = new LaneAnswer();
            answers.Add(answer);
            _life.LaneTo(group).Enqueue(
                Key, static (key, output) => QueueCommandWriter.CloseConnection(output, key), answer, 0);
        }

        answers.AddRange(OwnConsumerGroups.End());
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
        if (!OwnConsuming.Held.TryGetValue(queue, out HeldMessages? held))
            OwnConsuming.Held.Add(queue, held = new HeldMessages(group));
        return held;
    }

    /// <summary>Under the lock, so that an announcement sees either the message or the batch that settles it.</summary>
    private void SendSettle(HeldMessages held, QueueId queue, long[] sequences, SettleOutcome outcome)
    {
        Array.Sort(sequences);
        if (sequences.Length <= MaxSettlesPerCommand)
        {
            SendPart(held, queue, sequences, outcome);
            return;
        }

        // In parts: what many consumers of one connection held at its end must not become one entry.
        foreach (long[] part in sequences.Chunk(MaxSettlesPerCommand))
            SendPart(held, queue, part, outcome);
    }

    private void SendPart(HeldMessages held, QueueId queue, long[] part, SettleOutcome outcome)
    {
        var completion = new SettleCompletion(this, queue, part);
        _life.LaneTo(held.Group).Enqueue(
            (queue, Key, outcome, Ranges: SequenceRanges.Of(part)),
            static (state, output) => QueueCommandWriter.Settle(
                output, state.queue, state.Key, state.outcome, state.Ranges),
            completion,
            0,
            out long batch);
        completion.Batch = batch;
        held.Settling(part, batch);
        if (outcome == SettleOutcome.Returned)
            held.ReturnedIn = batch;
    }
}
