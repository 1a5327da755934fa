using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Publishing: routing with this node's directory, and the lanes of the groups that are hit.</content>
internal sealed partial class BrokerConnection : ILaneCompletion
{
    /// <summary>A larger body goes ahead in chunks (DESIGN section 3, Large messages).</summary>
    private const int ChunkBytes = 256 * 1024;

    /// <summary>Targets of one command, a count: a megabyte of ids. More targets of a group get a command more.</summary>
    private const int MaxTargetsPerCommand = 131_072;

    private ChunkCompletion? _chunkCompletion;
    private long _pendingBytes;
    private TaskCompletionSource? _room;

    public PublishAdmission Publish(in Publication publication, ulong tag)
    {
        if (publication.Body.Length > _life.Node.Limits.MaxMessageBytes || !PublicationSize.FitsCommand(publication))
            return PublishAdmission.TooLarge;
        if (publication.Park is { } parking)
            return Park(publication, parking, tag);
        // An offset is given when the message appears.
        if (publication.DelayMs > 0 && Directory.HasPartitions(publication.Topic.Id))
            return Park(publication, new Parking("", publication.DelayMs, null), tag);
        Routing routing = Routing.Take();
        try
        {
            return Publish(publication, tag, routing);
        }
        finally
        {
            routing.GiveBack();
        }
    }

    public async ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        if (HasRoom)
            return;
        bool told = false;
        while (!HasRoom)
        {
            if (!told && WaitsForSpace)
            {
                told = true;
                Sink.Blocked("a node is short of disk space");
            }

            var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource? before = Interlocked.CompareExchange(ref _room, room, null);
            // Between the look and the registration an answer may have come.
            if (HasRoom)
                break;
            Task freed = (before ?? room).Task;
            try
            {
                await (told
                    ? freed.WaitAsync(cancellation)
                    : freed.WaitAsync(BlockedAfter, _life.Node.Time, cancellation)).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                told = true;
                Sink.Blocked("no majority of the replicas answers");
            }
        }

        if (told)
            Sink.Blocked(null);
    }

    void ILaneCompletion.Completed(ulong tag, int bytes, Answer answer)
    {
        Release(bytes);
        Sink.Published(tag, new PublishOutcome(answer.Reply, answer.Value, answer.Position));
    }

    void ILaneCompletion.Flush() => Sink.Flush();

    /// <summary>That many bytes no longer wait for an answer.</summary>
    public void Release(int bytes)
    {
        Interlocked.Add(ref _pendingBytes, -bytes);
        WakeIfRoom();
    }

    /// <summary>Lets who waits go on if there is room.</summary>
    public void WakeIfRoom()
    {
        if (Volatile.Read(ref _room) is not null && HasRoom)
            Interlocked.Exchange(ref _room, null)?.TrySetResult();
    }

    /// <summary>After this long without an answer a publisher is told that it is held back.</summary>
    private static readonly TimeSpan BlockedAfter = TimeSpan.FromSeconds(1);

    private bool HasRoom =>
        Interlocked.Read(ref _pendingBytes) < _life.Node.Limits.ConnectionPendingBytes
        && _life.PendingBytes < BrokerNode.MaxPendingBytes
        && !WaitsForSpace;

    /// <summary>Not each time by itself: what lets go of it looks at all connections (<see cref="NodeLife.Tick"/>).</summary>
    private bool WaitsForSpace => _options.WaitsForSpace && _life.Node.HoldsPublishers;

    private bool IsRefusedForSpace => !_options.WaitsForSpace && _life.Node.HoldsPublishers;

    private PublishAdmission Publish(in Publication publication, ulong tag, Routing routing)
    {
        List<QueueInfo> targets = routing.Targets;
        Directory.Route(
            publication.Topic,
            publication.RoutingKey,
            publication.MoreKeys,
            publication.HiddenKeys,
            publication.Headers,
            targets,
            new PartitionChoice(publication.Partition, publication.OrderingKey, _life.Node.PartitionTurns),
            _life.Node.Subscriptions.Table.IsEmpty ? null : routing.Topics);
        if (!publication.Persistent)
            targets.RemoveAll(static target => target.Settings.PersistentOnly);
        // A group takes a producer's number once: this one cannot go there in two commands.
        if (targets.Count > MaxTargetsPerCommand && IsNumbered(publication) && PartsOf(targets).Length
            > targets.DistinctBy(static target => target.Group).Count())
        {
            return PublishAdmission.TooLarge;
        }

        // Before anybody hears of it: it comes again as a whole.
        bool isStored = publication.LastValue != LastValueChange.None || targets.Exists(static t => !t.Group.IsLocal);
        if (isStored && !publication.IsForConsumer && IsRefusedForSpace)
            return PublishAdmission.Full;
        bool isHeard = Hear(publication, routing.Topics);
        if (publication.LastValue != LastValueChange.None)
        {
            PublishWithLastValue(publication, tag, targets);
            return PublishAdmission.Accepted;
        }

        if (targets.Count == 0)
            return isHeard ? PublishAdmission.Served : PublishAdmission.Unroutable;
        if (targets.Count == 1)
        {
            Send(targets[0].Group, [targets[0].Id], publication, this, tag);
            return PublishAdmission.Accepted;
        }

        (GroupId Group, QueueId[] Targets)[] parts = PartsOf(targets);
        if (parts.Length == 1)
        {
            Send(parts[0].Group, parts[0].Targets, publication, this, tag);
            return PublishAdmission.Accepted;
        }

        // Routing gives the partition of the topic itself first, if there is one: its group's answer has the offset.
        var completion = new PendingPublish(this, tag, parts.Length);
        for (int i = 0; i < parts.Length; i++)
            Send(parts[i].Group, parts[i].Targets, publication, completion, (ulong)i);
        return PublishAdmission.Accepted;
    }

    private void Send(GroupId group, ReadOnlySpan<QueueId> targets, in Publication publication,
        ILaneCompletion completion, ulong tag)
    {
        LaneSender lane = _life.LaneTo(group);
        int bytes = lane.Enqueue(
            new Outgoing(targets, UnitOf(lane, publication)),
            static (outgoing, output) => QueueCommandWriter.Publish(output, outgoing.Targets, outgoing.Unit),
            completion,
            tag);
        Interlocked.Add(ref _pendingBytes, bytes);
    }

    private static (GroupId Group, QueueId[] Targets)[] PartsOf(IEnumerable<QueueInfo> targets) =>
    [
        .. targets.GroupBy(static target => target.Group, static target => target.Id)
            .SelectMany(static group => group.Chunk(MaxTargetsPerCommand), static (group, part) => (group.Key, part)),
    ];

    private static bool IsNumbered(in Publication publication) => publication.Producer is { Producer: not 0 };

    /// <summary>What a command carries of a publication; a large body is sent ahead by this.</summary>
    private PublishedUnit UnitOf(LaneSender lane, in Publication publication)
    {
        PublishedUnit unit = InlineUnitOf(publication) with
        {
            Producer = IsNumbered(publication) ? publication.Producer : null,
            TagHash = publication.TagHash
                ?? (Directory.PartitionCount > 0 ? TagHash.OfKey(publication.RoutingKey) : 0),
        };
        return publication.Body.Length <= ChunkBytes
            ? unit
            : unit with
            {
                Body = default,
                Upload = SendChunks(lane, publication.Body),
                UploadBytes = publication.Body.Length,
            };
    }

    /// <summary>The same, whole and not numbered.</summary>
    public static PublishedUnit InlineUnitOf(in Publication publication) => new()
    {
        Topic = publication.Topic.Name,
        RoutingKey = publication.RoutingKey,
        MoreKeys = publication.MoreKeys,
        Format = publication.Format,
        Properties = publication.Properties,
        Persistent = publication.Persistent,
        Priority = publication.Priority,
        TtlMs = publication.TtlMs,
        DelayMs = publication.DelayMs,
        Body = publication.Body,
    };

    private long SendChunks(LaneSender lane, ReadOnlySequence<byte> body)
    {
        long upload = _life.NextUpload();
        for (long at = 0; at < body.Length; at += ChunkBytes)
        {
            ReadOnlySequence<byte> chunk = body.Slice(at, Math.Min(ChunkBytes, body.Length - at));
            int bytes = lane.Enqueue(
                (upload, chunk),
                static (state, output) => QueueCommandWriter.Chunk(output, state.upload, state.chunk),
                _chunkCompletion ??= new ChunkCompletion(this),
                0);
            Interlocked.Add(ref _pendingBytes, bytes);
        }

        return upload;
    }

    /// <summary>What is written of a publish; on the stack.</summary>
    private readonly ref struct Outgoing(ReadOnlySpan<QueueId> targets, PublishedUnit unit)
    {
        public readonly ReadOnlySpan<QueueId> Targets = targets;
        public readonly PublishedUnit Unit = unit;
    }
}
