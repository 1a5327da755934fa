using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Everything that a group replicates: its machine, its lanes, its outbox, its log time. Deterministic; one thread
/// at a time.
/// </summary>
public sealed class GroupState : IGroupContext
{
    private const int Version = 1;
    private const byte OutboxDone = 1;

    private readonly LaneTable _lanes = new();
    private readonly Outbox _outbox = new();

    public GroupState(GroupId group, IGroupMachine machine)
    {
        Group = group;
        Machine = machine;
    }

    public GroupId Group { get; }

    public IGroupMachine Machine { get; }

    /// <summary>Index of the last entry applied; 0 at the start.</summary>
    public long AppliedIndex { get; private set; }

    /// <summary>Term of that entry.</summary>
    public long AppliedTerm { get; private set; }

    /// <summary>Log time of the last entry that had one, Unix ms.</summary>
    public long TimestampMs { get; private set; }

    public long OutboxBytes => _outbox.Bytes;

    /// <summary>Applies the next entry.</summary>
    /// <returns>What the source of the batch is to be told.</returns>
    public BatchResult Apply(in Entry entry)
    {
        Invariant.Check(entry.Index == AppliedIndex + 1, "entries are applied in order, each once");
        AppliedIndex = entry.Index;
        AppliedTerm = entry.Term;
        if (entry.Kind != EntryKind.Batch)
            return default;

        Invariant.Check(!BatchHeader.IsTrimmed(entry.Payload.Span), "an entry is applied that has lost commands");
        BatchHeader header = BatchHeader.Read(entry.Payload.Span);
        Invariant.Check(header.TimestampMs >= TimestampMs, "log time never goes back");
        TimestampMs = header.TimestampMs;
        if (header.Kind == BatchKind.Group)
        {
            ApplyOwn(header, entry.Payload);
            return default;
        }

        if (header.Source.Kind == LaneSourceKind.Leader)
        {
            ApplyCommands(header, entry);
            return default;
        }

        LaneVerdict verdict = _lanes.Judge(header, out Answer[]? answers);
        if (verdict == LaneVerdict.Next)
        {
            answers = ApplyCommands(header, entry);
            _lanes.Record(header, answers);
        }

        return new BatchResult(header.Source, header.Number, verdict, answers, _lanes.Expected(header.Source));
    }

    public void Send(GroupId target, ReadOnlySpan<byte> payload)
    {
        Invariant.Check(target != Group, "a group sends nothing to itself");
        _outbox.Add(target, payload);
    }

    public void EndLanes(NodeIncarnation gone)
    {
        _lanes.End(gone);
        foreach (ReadOnlyMemory<byte> payload in _outbox.Restart(GroupId.LocalOf(gone.Node)))
            Machine.Delivered(payload);
    }

    /// <summary>Lives of nodes that sent something to this group and are not gone for it.</summary>
    public IEnumerable<NodeIncarnation> LiveNodes => _lanes.LiveNodes;

    /// <summary>Whether the group was told that this life of a node, or a later one, is over.</summary>
    public bool IsGone(NodeIncarnation life) => _lanes.IsGone(life);

    /// <summary>Last batch of a lane that was applied.</summary>
    public long LastOf(LaneSource source) => _lanes.LastOf(source);

    /// <summary>The lane's life has ended: nothing of it will be applied any more.</summary>
    public bool IsGone(LaneSource source) => _lanes.IsGone(source);

    /// <summary>What would become of a batch if it were applied next; changes nothing.</summary>
    public BatchResult Judge(in BatchHeader header)
    {
        LaneVerdict verdict = _lanes.Judge(header, out Answer[]? answers);
        return new BatchResult(header.Source, header.Number, verdict, answers, _lanes.Expected(header.Source));
    }

    /// <summary>Groups that something waits for.</summary>
    public IEnumerable<GroupId> OutboxTargets => _outbox.Targets;

    /// <summary>What waits for a target, above a number.</summary>
    public IEnumerable<(long Number, ReadOnlyMemory<byte> Payload)> OutboxWaiting(
        GroupId target, long above, int most) => _outbox.Waiting(target, above, most);

    /// <summary>Everything up to this number has reached the target.</summary>
    public long OutboxDoneUpTo(GroupId target) => _outbox.DoneUpTo(target);

    /// <summary>Life of the lane to a target.</summary>
    public int OutboxEpoch(GroupId target) => _outbox.Epoch(target);

    /// <summary>The command that says so; for a batch of kind <see cref="BatchKind.Group"/>.</summary>
    public static void WriteOutboxDone(IBufferWriter<byte> output, GroupId target, int epoch, long upTo)
    {
        output.WriteByte(OutboxDone);
        output.WriteInt32(target.Value);
        output.WriteInt32(epoch);
        output.WriteInt64(upTo);
    }

    /// <summary>Finds by slot what of these entries is still referred to (<see cref="IGroupMachine.FindLive"/>).</summary>
    public LiveSlots FindLive(long first, long last, int maxReferences) =>
        Machine.FindLive(first, last, maxReferences, _outbox.Everything);

    public void WriteState(IBufferWriter<byte> output)
    {
        output.WriteInt32(Version);
        output.WriteInt64(AppliedIndex);
        output.WriteInt64(AppliedTerm);
        output.WriteInt64(TimestampMs);
        _lanes.Write(output);
        _outbox.Write(output);
        Machine.WriteState(output);
    }

    /// <exception cref="InvariantException">It is no state, or contradicts itself.</exception>
    public void ReadState(ReadOnlySequence<byte> input)
    {
        try
        {
            Read(input.IsSingleSegment ? input.First : input.ToArray());
        }
        catch (Exception broken) when (broken
            is ArgumentException or IndexOutOfRangeException or KeyNotFoundException or OverflowException)
        {
            // Something is there twice, is referred to and not there, or counts more than there can be.
            throw new InvariantException($"the state of group {Group.Value} contradicts itself", broken);
        }
    }

    private void Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new StateReader(bytes);
        Invariant.Check(reader.ReadInt32() == Version, "the snapshot is of another version");
        AppliedIndex = reader.ReadInt64();
        AppliedTerm = reader.ReadInt64();
        TimestampMs = reader.ReadInt64();
        _lanes.Read(ref reader);
        _outbox.Read(ref reader);
        Machine.ReadState(new ReadOnlySequence<byte>(reader.ReadRest()));
    }

    private Answer[] ApplyCommands(in BatchHeader header, in Entry entry)
    {
        var answers = new Answer[header.Count];
        for (int slot = 0; slot < answers.Length; slot++)
        {
            var meta = new CommandMeta(entry.Index, entry.Term, header.TimestampMs, slot, header.Source);
            answers[slot] = Machine.Apply(meta, BatchView.Command(entry.Payload, slot), this);
        }

        return answers;
    }

    private void ApplyOwn(in BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        for (int slot = 0; slot < header.Count; slot++)
        {
            var reader = new StateReader(BatchView.Command(batch, slot));
            Invariant.Check(reader.ReadByte() == OutboxDone, "a group command is of an unknown kind");
            var target = new GroupId(reader.ReadInt32());
            foreach (ReadOnlyMemory<byte> payload in _outbox.Strike(target, reader.ReadInt32(), reader.ReadInt64()))
                Machine.Delivered(payload);
        }
    }
}
