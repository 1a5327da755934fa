using System.Buffers;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <content>The state in a snapshot.</content>
internal sealed partial class ConsumerGroupPart
{
    public void Write(IBufferWriter<byte> output)
    {
        output.PutInt64(_lastNumber);
        output.PutCount(_groups.Count);
        foreach ((ConsumerGroupKey key, ConsumerGroup group) in _groups)
        {
            output.PutInt64(key.Namespace.Value);
            output.PutString(key.Name);
            Write(output, group);
        }
    }

    public void Read(ref QueueCommandReader input)
    {
        Clear();
        _lastNumber = input.ReadInt64();
        for (int count = input.ReadCount(); count > 0; count--)
        {
            ConsumerGroupKey key = ReadKey(ref input);
            ConsumerGroup group = ReadGroup(ref input);
            _groups.Add(key, group);
            _offsets += group.Offsets.Count;
            _locks += group.Locks.Count;
            if (group.SweepMs != long.MaxValue)
                _sweeps.Add((group.SweepMs, key));
            foreach ((string name, GroupMember member) in group.Members)
            {
                _metadataBytes += member.Metadata.Length;
                Remember(member.Owner, key, name);
            }
        }
    }

    private static void Write(IBufferWriter<byte> output, ConsumerGroup group)
    {
        output.PutInt64(group.Generation);
        output.PutInt64(group.SweepMs);
        output.PutCount(group.Members.Count);
        foreach ((string name, GroupMember member) in group.Members)
        {
            output.PutString(name);
            output.PutConnection(member.Owner);
            output.PutInt32(member.SessionTimeoutMs);
            output.PutBytes(member.Metadata.Span);
            output.PutInt64(member.Number);
        }

        output.PutCount(group.Offsets.Count);
        foreach ((long partition, long offset) in group.Offsets)
        {
            output.PutInt64(partition);
            output.PutInt64(offset);
        }

        output.PutCount(group.Locks.Count);
        foreach ((long partition, PartitionLock held) in group.Locks)
        {
            output.PutInt64(partition);
            output.PutString(held.Member);
            output.PutInt64(held.DeadlineMs);
            output.PutInt64(held.Token);
        }
    }

    private static ConsumerGroup ReadGroup(ref QueueCommandReader input)
    {
        var group = new ConsumerGroup { Generation = input.ReadInt64(), SweepMs = input.ReadInt64() };
        for (int count = input.ReadCount(); count > 0; count--)
        {
            string name = input.ReadString();
            group.Members.Add(name, new GroupMember(
                input.ReadConnection(), input.ReadInt32(), input.ReadBytes().ToArray(), input.ReadInt64()));
        }

        for (int count = input.ReadCount(); count > 0; count--)
            group.Offsets.Add(input.ReadInt64(), input.ReadInt64());
        for (int count = input.ReadCount(); count > 0; count--)
        {
            group.Locks.Add(
                input.ReadInt64(), new PartitionLock(input.ReadString(), input.ReadInt64(), input.ReadInt64()));
        }

        return group;
    }

    private void Clear()
    {
        _groups.Clear();
        _owners.Clear();
        _sweeps.Clear();
        _metadataBytes = 0;
        _offsets = 0;
        _locks = 0;
    }
}
