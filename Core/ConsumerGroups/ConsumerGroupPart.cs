using System.Diagnostics.CodeAnalysis;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>
/// The consumer groups of one data group (DESIGN sections 2 and 6): members, offsets and partition locks. Apply knows
/// nothing of heartbeats: the leader says by command who was silent for too long.
/// </summary>
internal sealed partial class ConsumerGroupPart(ConsumerGroupLimits limits) : IMachinePart
{
    private readonly SortedDictionary<ConsumerGroupKey, ConsumerGroup> _groups = [];

    /// <summary>Memberships by connection; derived from the groups.</summary>
    private readonly Dictionary<ConnectionKey, SortedSet<(ConsumerGroupKey Group, string Member)>> _owners = [];

    /// <summary>Groups whose locks are looked through; derived from the groups.</summary>
    private readonly SortedSet<(long DueMs, ConsumerGroupKey Group)> _sweeps = [];

    /// <summary>Numbers generations, joins and fencing tokens: one that never goes back serves all, and nothing must be
    /// remembered of what is gone.</summary>
    private long _lastNumber;
    private long _metadataBytes;
    private int _offsets;
    private int _locks;

    public byte FirstKind => (byte)ConsumerGroupCommandKind.Join;

    public long NextDueMs => _sweeps.Count == 0 ? long.MaxValue : _sweeps.Min.DueMs;

    /// <summary>Set by the leader to learn what apply did.</summary>
    public List<ConsumerGroupEffect>? Effects { get; set; }

    /// <summary>Set by the leader to learn which partitions got an offset or a lock of a group that had none
    /// there.</summary>
    public List<(ConsumerGroupKey Group, long Partition)>? Referred { get; set; }

    /// <summary>Prunes that were applied, a count; not part of the state.</summary>
    public long Prunes { get; private set; }

    public IReadOnlyCollection<KeyValuePair<ConsumerGroupKey, ConsumerGroup>> Groups => _groups;

    public ConsumerGroup? Find(ConsumerGroupKey group) => _groups.GetValueOrDefault(group);

    public Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, in PartContext context)
    {
        var input = new QueueCommandReader(command);
        var kind = (ConsumerGroupCommandKind)input.ReadByte();
        Answer answer = kind switch
        {
            ConsumerGroupCommandKind.Join => Join(ref input),
            ConsumerGroupCommandKind.Leave => Leave(ref input),
            ConsumerGroupCommandKind.LeaveAll => LeaveAll(input.ReadConnection()),
            ConsumerGroupCommandKind.CommitOffset => CommitOffset(ref input),
            ConsumerGroupCommandKind.Lock => Lock(meta, ref input),
            ConsumerGroupCommandKind.Unlock => Unlock(ref input),
            ConsumerGroupCommandKind.Drop => Drop(ref input),
            ConsumerGroupCommandKind.Prune => Prune(ref input),
            ConsumerGroupCommandKind.Delete => Delete(meta, ref input),
            _ => throw new InvariantException($"unknown command {(byte)kind}"),
        };
        input.End();
        return answer;
    }

    public void NodeGone(in CommandMeta meta, NodeIncarnation gone, in PartContext context)
    {
        var connections = _owners.Keys.Where(connection => connection.Owner == gone).ToList();
        // The order numbers the generations.
        connections.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        foreach (ConnectionKey connection in connections)
            LeaveAll(connection);
    }

    /// <summary>Clears locks away that have run out. Nothing depends on when: who locks looks at the deadline.</summary>
    public void Tick(in CommandMeta meta, in PartContext context)
    {
        for (int left = limits.MaxGroupsPerTick; left > 0 && NextDueMs <= meta.TimestampMs; left--)
        {
            ConsumerGroupKey key = _sweeps.Min.Group;
            ConsumerGroup group = _groups[key];
            foreach ((long partition, PartitionLock held) in group.Locks.ToList())
            {
                if (held.DeadlineMs <= meta.TimestampMs)
                    RemoveLock(group, partition);
            }

            Schedule(key, group, anew: true);
            RemoveIfEmpty(key, group);
        }
    }

    private Answer Join(ref QueueCommandReader input)
    {
        ConsumerGroupKey key = ReadKey(ref input);
        string name = input.ReadString();
        ConnectionKey owner = input.ReadConnection();
        int sessionTimeoutMs = input.ReadInt32();
        ReadOnlyMemory<byte> metadata = input.ReadBytes();

        GroupMember? before = Find(key)?.Members.GetValueOrDefault(name);
        long metadataBytes = _metadataBytes + metadata.Length - (before?.Metadata.Length ?? 0);
        bool isFull = before is null && Find(key)?.Members.Count >= limits.MaxMembers;
        if (isFull || metadataBytes > limits.MaxMetadataBytes || !TryGet(key, out ConsumerGroup? group))
            return new Answer(Reply.LimitReached, 0);

        bool isSame = before is not null && before.Metadata.Span.SequenceEqual(metadata.Span);
        // A copy: to keep a part of a batch would keep the whole batch in memory.
        ReadOnlyMemory<byte> kept = isSame ? before!.Metadata : metadata.ToArray();
        if (before is not null && before.Owner != owner)
            Forget(before.Owner, key, name);
        Remember(owner, key, name);
        _metadataBytes = metadataBytes;
        group.Members[name] = new GroupMember(owner, sessionTimeoutMs, kept, ++_lastNumber);
        Effects?.Add(new ConsumerGroupEffect(ConsumerGroupEffectKind.Joined, key, name));
        if (!isSame)
            Change(key, group);
        return new Answer(Reply.Ok, group.Generation);
    }

    private Answer Leave(ref QueueCommandReader input)
    {
        ConsumerGroupKey key = ReadKey(ref input);
        string name = input.ReadString();
        ConnectionKey owner = input.ReadConnection();
        if (Find(key) is { } group && group.Members.GetValueOrDefault(name)?.Owner == owner)
            Remove(key, group, name);
        return Answer.Ok;
    }

    private Answer LeaveAll(ConnectionKey owner)
    {
        if (!_owners.TryGetValue(owner, out SortedSet<(ConsumerGroupKey Group, string Member)>? memberships))
            return Answer.Ok;
        foreach ((ConsumerGroupKey key, string name) in memberships.ToList())
            Remove(key, _groups[key], name);
        return Answer.Ok;
    }

    private Answer Drop(ref QueueCommandReader input)
    {
        ConsumerGroupKey key = ReadKey(ref input);
        string name = input.ReadString();
        long number = input.ReadInt64();
        if (Find(key) is { } group && group.Members.GetValueOrDefault(name)?.Number == number)
            Remove(key, group, name);
        return Answer.Ok;
    }

    private Answer CommitOffset(ref QueueCommandReader input)
    {
        ConsumerGroupKey key = ReadKey(ref input);
        long partition = input.ReadInt64();
        long offset = input.ReadInt64();
        bool isNew = Find(key)?.Offsets.ContainsKey(partition) != true;
        bool isFull = isNew && (_offsets >= limits.MaxAllOffsets || Find(key)?.Offsets.Count >= limits.MaxOffsets);
        if (isFull || !TryGet(key, out ConsumerGroup? group))
            return new Answer(Reply.LimitReached, 0);
        group.Offsets[partition] = offset;
        if (isNew)
        {
            _offsets++;
            Referred?.Add((key, partition));
        }

        return Answer.Ok;
    }

    private Answer Lock(in CommandMeta meta, ref QueueCommandReader input)
    {
        ConsumerGroupKey key = ReadKey(ref input);
        string member = input.ReadString();
        long deadlineMs = meta.TimestampMs + input.ReadInt32();
        QueueId[] partitions = input.ReadQueues();
        Invariant.Check(partitions.Length <= ConsumerGroupCommands.MaxLocks, "the answer has a bit per partition");
        if (!TryGet(key, out ConsumerGroup? group))
            return new Answer(Reply.LimitReached, 0);
        long locked = 0;
        for (int i = 0; i < partitions.Length; i++)
        {
            bool isNew = !group.Locks.ContainsKey(partitions[i].Value);
            if (!TryLock(group, partitions[i].Value, member, meta.TimestampMs, deadlineMs))
                continue;
            locked |= 1L << i;
            if (isNew)
                Referred?.Add((key, partitions[i].Value));
        }

        Schedule(key, group, anew: false);
        RemoveIfEmpty(key, group);
        return new Answer(Reply.Ok, locked);
    }

    private bool TryLock(ConsumerGroup group, long partition, string member, long nowMs, long deadlineMs)
    {
        if (!group.Locks.TryGetValue(partition, out PartitionLock held))
        {
            if (group.Locks.Count >= limits.MaxLocks || _locks >= limits.MaxAllLocks)
                return false;
            _locks++;
            held = new PartitionLock(member, deadlineMs, ++_lastNumber);
        }
        else if (held.Member == member)
        {
            held = held with { DeadlineMs = deadlineMs };
        }
        else if (held.DeadlineMs <= nowMs)
        {
            held = new PartitionLock(member, deadlineMs, ++_lastNumber);
        }
        else
        {
            return false;
        }

        group.Locks[partition] = held;
        return true;
    }

    private Answer Unlock(ref QueueCommandReader input)
    {
        ConsumerGroupKey key = ReadKey(ref input);
        string member = input.ReadString();
        QueueId[] partitions = input.ReadQueues();
        if (Find(key) is not { } group)
            return Answer.Ok;
        foreach (QueueId partition in partitions)
        {
            if (group.Locks.TryGetValue(partition.Value, out PartitionLock held) && held.Member == member)
                RemoveLock(group, partition.Value);
        }

        RemoveIfEmpty(key, group);
        return Answer.Ok;
    }

    private Answer Prune(ref QueueCommandReader input)
    {
        ConsumerGroupKey key = ReadKey(ref input);
        QueueId[] partitions = input.ReadQueues();
        Prunes++;
        if (Find(key) is not { } group)
            return Answer.Ok;
        foreach (QueueId partition in partitions)
        {
            if (group.Offsets.Remove(partition.Value))
                _offsets--;
            if (group.Locks.ContainsKey(partition.Value))
                RemoveLock(group, partition.Value);
        }

        RemoveIfEmpty(key, group);
        return Answer.Ok;
    }

    private Answer Delete(in CommandMeta meta, ref QueueCommandReader input)
    {
        ConsumerGroupKey key = ReadKey(ref input);
        if (Find(key) is not { } group)
            return Answer.Ok;
        long nowMs = meta.TimestampMs;
        if (group.Members.Count > 0 || group.Locks.Values.Any(held => held.DeadlineMs > nowMs))
            return new Answer(Reply.InUse, 0);
        _offsets -= group.Offsets.Count;
        _locks -= group.Locks.Count;
        group.Offsets.Clear();
        group.Locks.Clear();
        RemoveIfEmpty(key, group);
        return Answer.Ok;
    }

    private static ConsumerGroupKey ReadKey(ref QueueCommandReader input) =>
        new(new NamespaceId(input.ReadInt64()), input.ReadString());

    private bool TryGet(ConsumerGroupKey key, [NotNullWhen(true)] out ConsumerGroup? group)
    {
        if (_groups.TryGetValue(key, out group))
            return true;
        if (_groups.Count >= limits.MaxGroups)
            return false;
        _groups.Add(key, group = new ConsumerGroup());
        return true;
    }

    private void Remove(ConsumerGroupKey key, ConsumerGroup group, string name)
    {
        group.Members.Remove(name, out GroupMember? member);
        _metadataBytes -= member!.Metadata.Length;
        Forget(member.Owner, key, name);
        Effects?.Add(new ConsumerGroupEffect(ConsumerGroupEffectKind.Left, key, name));
        Change(key, group);
        RemoveIfEmpty(key, group);
    }

    private void Change(ConsumerGroupKey key, ConsumerGroup group)
    {
        group.Generation = ++_lastNumber;
        Effects?.Add(new ConsumerGroupEffect(ConsumerGroupEffectKind.Changed, key));
    }

    private void RemoveLock(ConsumerGroup group, long partition)
    {
        group.Locks.Remove(partition);
        _locks--;
    }

    private void RemoveIfEmpty(ConsumerGroupKey key, ConsumerGroup group)
    {
        if (!group.IsEmpty)
            return;
        _sweeps.Remove((group.SweepMs, key));
        _groups.Remove(key);
    }

    /// <summary>The locks are looked through when the first of them has run out, as it stands now; who renews does not
    /// change that.</summary>
    private void Schedule(ConsumerGroupKey key, ConsumerGroup group, bool anew)
    {
        if (group.SweepMs != long.MaxValue && !anew)
            return;
        _sweeps.Remove((group.SweepMs, key));
        group.SweepMs = long.MaxValue;
        if (group.Locks.Count == 0)
            return;
        long firstMs = group.Locks.Values.Min(held => held.DeadlineMs);
        group.SweepMs = (firstMs / limits.SweepStepMs + 1) * limits.SweepStepMs;
        _sweeps.Add((group.SweepMs, key));
    }

    private void Remember(ConnectionKey owner, ConsumerGroupKey key, string name)
    {
        if (!_owners.TryGetValue(owner, out SortedSet<(ConsumerGroupKey Group, string Member)>? memberships))
            _owners.Add(owner, memberships = new(MembershipOrder.Instance));
        memberships.Add((key, name));
    }

    private void Forget(ConnectionKey owner, ConsumerGroupKey key, string name)
    {
        SortedSet<(ConsumerGroupKey Group, string Member)> memberships = _owners[owner];
        memberships.Remove((key, name));
        if (memberships.Count == 0)
            _owners.Remove(owner);
    }

    /// <summary>A tuple would compare its texts by the culture.</summary>
    private sealed class MembershipOrder : IComparer<(ConsumerGroupKey Group, string Member)>
    {
        public static readonly MembershipOrder Instance = new();

        public int Compare((ConsumerGroupKey Group, string Member) x, (ConsumerGroupKey Group, string Member) y)
        {
            int order = x.Group.CompareTo(y.Group);
            return order == 0 ? string.CompareOrdinal(x.Member, y.Member) : order;
        }
    }
}
