using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Encodes the commands of a queue group: little-endian, one command per call, nothing after it.
/// </summary>
public static class QueueCommandWriter
{
    /// <summary>Most receipts in one <see cref="SettleReceipts"/>: the answer is a bit set.</summary>
    public const int MaxReceipts = 64;

    /// <summary>
    /// From the directory. Answered Ok; the group then sends <see cref="DirectoryNews.QueueReady"/>.
    /// </summary>
    public static void CreateQueue(IBufferWriter<byte> output, NewQueue queue)
    {
        Start(output, QueueCommandKind.CreateQueue, queue.Id);
        output.PutInt64(queue.Namespace.Value);
        output.PutString(queue.Name);
        output.PutFlag(queue.Durable);
        output.PutFlag(queue.AutoDelete);
        output.PutFlag(queue.Owner is not null);
        if (queue.Owner is { } owner)
            output.PutConnection(owner);
        output.PutFlag(queue.IsPartition);
        SettingsCodec.Write(output, queue.Settings);
    }

    /// <summary>From the directory. Answered Ok or QueueNotFound.</summary>
    public static void ChangeQueue(IBufferWriter<byte> output, QueueId queue, QueueSettings settings)
    {
        Start(output, QueueCommandKind.ChangeQueue, queue);
        SettingsCodec.Write(output, settings);
    }

    /// <summary>From the directory: unconditional. Answered Ok or QueueNotFound.</summary>
    public static void RemoveQueue(IBufferWriter<byte> output, QueueId queue) =>
        Start(output, QueueCommandKind.RemoveQueue, queue);

    /// <summary>From the directory: that life of a node is over.</summary>
    public static void NodeGone(IBufferWriter<byte> output, NodeIncarnation node)
    {
        output.PutByte((byte)QueueCommandKind.NodeGone);
        output.PutNode(node);
    }

    /// <summary>
    /// Answered Ok with the sequence in the first target that stored it, or the offset and the position in the first
    /// that is a partition; Gone when no target exists; Full, TooLarge, TooManyHeld when a target refused (the others
    /// have it; with a producer's number none has it). A producer's number that was taken before is answered Ok with
    /// -1.
    /// </summary>
    public static void Publish(
        IBufferWriter<byte> output, ReadOnlySpan<QueueId> targets, in PublishedUnit unit)
    {
        PublishFlags flags = (unit.Persistent ? PublishFlags.Persistent : 0)
            | (unit.TtlMs is null ? 0 : PublishFlags.Ttl)
            | (unit.DelayMs > 0 ? PublishFlags.Delay : 0)
            | (unit.Upload is null ? 0 : PublishFlags.Upload)
            | (unit.Overlay is null ? 0 : PublishFlags.Overlay)
            | (unit.PublishedMs is null ? 0 : PublishFlags.PublishedMs)
            | (unit.TagHash == 0 ? 0 : PublishFlags.Tag)
            | (unit.Producer is null ? 0 : PublishFlags.Producer);
        output.PutByte((byte)QueueCommandKind.Publish);
        output.PutByte((byte)flags);
        output.PutByte((byte)unit.Format);
        output.PutByte(unit.Priority);
        output.PutInt64(unit.Upload is null ? unit.Body.Length : unit.UploadBytes);
        if (unit.Upload is { } upload)
            output.PutInt64(upload);
        if (unit.TtlMs is { } ttlMs)
            output.PutInt64(ttlMs);
        if (unit.DelayMs > 0)
            output.PutInt64(unit.DelayMs);
        if (unit.PublishedMs is { } publishedMs)
            output.PutInt64(publishedMs);
        if (unit.Producer is { } producer)
        {
            output.PutInt64(producer.Producer);
            output.PutInt64(producer.Number);
        }

        if (unit.TagHash != 0)
            output.PutInt32(unit.TagHash);
        output.PutQueues(targets);
        if (unit.Overlay is not null)
            OverlayCodec.Write(output, unit.Overlay);
        output.PutString(unit.Topic);
        output.PutString(unit.RoutingKey);
        output.PutStrings(unit.MoreKeys);
        output.PutBytes(unit.Properties.Span);
        if (unit.Upload is null)
            output.PutSequence(unit.Body);
    }

    /// <summary>
    /// One piece of a body, sent before its publish on the same lane. Answered Ok, or TooLarge /
    /// LimitReached; then the publish is refused, too.
    /// </summary>
    /// <param name="output">Gets the command.</param>
    /// <param name="upload">Chosen by the lane's source, never used twice by it.</param>
    /// <param name="bytes">The next bytes of the body.</param>
    public static void Chunk(IBufferWriter<byte> output, long upload, in ReadOnlySequence<byte> bytes)
    {
        output.PutByte((byte)QueueCommandKind.Chunk);
        output.PutInt64(upload);
        output.PutSequence(bytes);
    }

    /// <summary>
    /// An eager holder settles. Answered Ok, also when some were settled before, or QueueNotFound.
    /// </summary>
    public static void Settle(
        IBufferWriter<byte> output,
        QueueId queue,
        ConnectionKey holder,
        SettleOutcome outcome,
        ReadOnlySpan<SequenceRange> ranges)
    {
        Start(output, QueueCommandKind.Settle, queue);
        output.PutConnection(holder);
        output.PutByte((byte)outcome);
        output.PutRanges(ranges);
    }

    /// <summary>Answered Ok with a bit set (bit i = receipt i was good), or QueueNotFound.</summary>
    public static void SettleReceipts(IBufferWriter<byte> output, QueueId queue, ReadOnlySpan<long> receipts)
    {
        Invariant.Check(receipts.Length <= MaxReceipts, "too many receipts in one command");
        Start(output, QueueCommandKind.SettleReceipts, queue);
        output.PutCount(receipts.Length);
        foreach (long receipt in receipts)
            output.PutInt64(receipt);
    }

    /// <summary>
    /// Answered Ok (also when attached already), QueueNotFound, ExclusiveUse, Locked, LimitReached; Gone when an owner
    /// with a higher epoch is attached.
    /// </summary>
    /// <param name="epoch">As in <see cref="ConsumerOptions.Epoch"/>.</param>
    public static void Attach(
        IBufferWriter<byte> output,
        QueueId queue,
        ConsumerKey consumer,
        int priority,
        bool exclusive,
        long epoch = 0)
    {
        Start(output, QueueCommandKind.Attach, queue);
        output.PutConsumer(consumer);
        output.PutInt32(priority);
        output.PutFlag(exclusive);
        output.PutInt64(epoch);
    }

    /// <summary>Answered Ok.</summary>
    public static void Detach(IBufferWriter<byte> output, QueueId queue, ConsumerKey consumer)
    {
        Start(output, QueueCommandKind.Detach, queue);
        output.PutConsumer(consumer);
    }

    /// <summary>Detaches all consumers of a connection in the group, gives back what they hold, and deletes
    /// the queues that it owns. Answered Ok.</summary>
    public static void CloseConnection(IBufferWriter<byte> output, ConnectionKey connection)
    {
        output.PutByte((byte)QueueCommandKind.CloseConnection);
        output.PutConnection(connection);
    }

    internal static void CheckOut(
        IBufferWriter<byte> output, QueueId queue, RequestId request, ReadOnlySpan<long> sequences)
    {
        Start(output, QueueCommandKind.CheckOut, queue);
        output.PutRequest(request);
        output.PutCount(sequences.Length);
        foreach (long sequence in sequences)
            output.PutInt64(sequence);
    }

    internal static void Release(IBufferWriter<byte> output, QueueId queue, RequestId request)
    {
        Start(output, QueueCommandKind.Release, queue);
        output.PutRequest(request);
    }

    /// <param name="token">Comes back in the effect, so that the leader knows which of its drops was
    /// applied.</param>
    internal static void Drop(
        IBufferWriter<byte> output,
        QueueId queue,
        DropReason reason,
        long token,
        ReadOnlySpan<SequenceRange> ranges)
    {
        Start(output, QueueCommandKind.Drop, queue);
        output.PutByte((byte)reason);
        output.PutInt64(token);
        output.PutRanges(ranges);
    }

    internal static void Return(IBufferWriter<byte> output, QueueId queue, ReadOnlySpan<SequenceRange> ranges)
    {
        Start(output, QueueCommandKind.Return, queue);
        output.PutRanges(ranges);
    }

    /// <param name="ifUnused">Refused when a consumer attached meanwhile.</param>
    /// <param name="ifNextSequence">Refused when a message was stored meanwhile; -1 = whatever it is.</param>
    /// <param name="token">Comes back in the effect.</param>
    internal static void DeleteQueue(
        IBufferWriter<byte> output, QueueId queue, bool ifUnused, long ifNextSequence, long token)
    {
        Start(output, QueueCommandKind.DeleteQueue, queue);
        output.PutFlag(ifUnused);
        output.PutInt64(ifNextSequence);
        output.PutInt64(token);
    }

    internal static void Rewind(IBufferWriter<byte> output, QueueId queue, long fromMs, long token)
    {
        Start(output, QueueCommandKind.Rewind, queue);
        output.PutInt64(fromMs);
        output.PutInt64(token);
    }

    internal static void MarkDelivered(IBufferWriter<byte> output, QueueId queue, long upTo)
    {
        Start(output, QueueCommandKind.MarkDelivered, queue);
        output.PutInt64(upTo);
    }

    internal static void Tick(IBufferWriter<byte> output) => output.PutByte((byte)QueueCommandKind.Tick);

    /// <summary>Stores the overlay of a moved message in the command's own slot.</summary>
    /// <param name="ttlMs">The time to live that still counts, from now; -1 = none.</param>
    /// <param name="body">The unit under all overlays; never an overlay itself.</param>
    /// <param name="overlay">What moving changed; null for a parked message that is shown as it was published.</param>
    /// <param name="lastValue">What a parked message changes beside; null = nothing.</param>
    internal static void RouteDuty(
        IBufferWriter<byte> output,
        long duty,
        UnitRef body,
        long bodyBytes,
        long ttlMs,
        int tagHash,
        ReadOnlySpan<QueueId> local,
        IReadOnlyList<RemoteTargets> remote,
        Overlay? overlay,
        LastValueMove? lastValue = null)
    {
        output.PutByte((byte)QueueCommandKind.RouteDuty);
        output.PutInt64(duty);
        output.PutUnit(body);
        output.PutInt64(bodyBytes);
        output.PutInt64(ttlMs);
        output.PutInt32(tagHash);
        output.PutQueues(local);
        output.PutCount(remote.Count);
        foreach (RemoteTargets targets in remote)
        {
            output.PutInt32(targets.Group.Value);
            output.PutQueues(targets.Queues);
        }

        if (overlay is not null)
        {
            output.PutByte((byte)RouteDutyTail.Overlay);
            OverlayCodec.Write(output, overlay);
        }
        else if (lastValue is { } move)
        {
            output.PutByte((byte)RouteDutyTail.LastValue);
            move.Write(output);
        }
        else
        {
            output.PutByte((byte)RouteDutyTail.None);
        }
    }

    private static void Start(IBufferWriter<byte> output, QueueCommandKind kind, QueueId queue)
    {
        output.PutByte((byte)kind);
        output.PutInt64(queue.Value);
    }
}
