using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

internal sealed partial class FakeConnection : IConsumerGroups
{
    public ValueTask<Reply> JoinAsync(
        string group, ConsumerMember member, int sessionTimeoutMs, CancellationToken cancellation)
    {
        if (!broker.Members.TryGetValue(group, out var members))
            broker.Members.Add(group, members = []);
        bool isNew = !members.TryGetValue(member.Name, out var known)
            || !known.Member.Metadata.Span.SequenceEqual(member.Metadata.Span);
        members[member.Name] = (member, this);
        if (isNew)
            Tell(group);
        return new(Reply.Ok);
    }

    public ValueTask<Reply> LeaveAsync(string group, string member, CancellationToken cancellation)
    {
        if (broker.Members.TryGetValue(group, out var members) && members.Remove(member))
            Tell(group);
        return new(Reply.Ok);
    }

    public ValueTask<(Reply Reply, IReadOnlyList<ConsumerMember> Members)> ListMembersAsync(
        string group, CancellationToken cancellation) => new((Reply.Ok, broker.Members.TryGetValue(group, out var members)
            ? [.. members.Values.Select(member => member.Member).OrderBy(member => member.Name, StringComparer.Ordinal)]
            : []));

    public ValueTask<(Reply Reply, IReadOnlyList<string> Groups)> ListAsync(CancellationToken cancellation) =>
        new((Reply.Ok, [.. broker.Members.Keys.Concat(broker.Offsets.Keys.Select(key => key.Group)).Distinct().Order()]));

    public ValueTask<Reply> DeleteAsync(string group, CancellationToken cancellation)
    {
        if (broker.Members.TryGetValue(group, out var members) && members.Count > 0)
            return new(Reply.InUse);
        foreach (var offset in broker.Offsets.Keys.Where(key => key.Group == group).ToList())
            broker.Offsets.Remove(offset);
        return new(Reply.Ok);
    }

    public ValueTask<Reply> CommitOffsetAsync(
        string group, QueueId partition, long offset, CancellationToken cancellation)
    {
        broker.Offsets[(group, partition)] = offset;
        broker.Commits++;
        return new(Reply.Ok);
    }

    public ValueTask<(Reply Reply, long? Offset)> FetchOffsetAsync(
        string group, QueueId partition, CancellationToken cancellation) =>
        new((Reply.Ok, broker.Offsets.TryGetValue((group, partition), out long offset) ? offset : null));

    public ValueTask<(Reply Reply, IReadOnlyList<KeyValuePair<QueueId, long>> Offsets)> ListOffsetsAsync(
        string group, CancellationToken cancellation) => new((Reply.Ok,
            [.. broker.Offsets.Where(one => one.Key.Group == group).Select(one => KeyValuePair.Create(one.Key.Partition, one.Value))]));

    public ValueTask<(Reply Reply, IReadOnlyList<QueueId> Locked)> LockAsync(
        string group, string member, IReadOnlyList<QueueId> partitions, int leaseMs, CancellationToken cancellation)
    {
        foreach (QueueId partition in partitions)
            broker.Locks.TryAdd((group, partition), member);
        return new((Reply.Ok, [.. partitions.Where(partition => broker.Locks[(group, partition)] == member)]));
    }

    public ValueTask<Reply> UnlockAsync(
        string group, string member, IReadOnlyList<QueueId> partitions, CancellationToken cancellation)
    {
        foreach (QueueId partition in partitions)
        {
            if (broker.Locks.GetValueOrDefault((group, partition)) == member)
                broker.Locks.Remove((group, partition));
        }
        return new(Reply.Ok);
    }

    private void Tell(string group)
    {
        foreach (FakeConnection member in broker.Members[group].Values.Select(one => one.Connection).Distinct())
            ((IGroupMemberSink)member.Options.Sink).GroupChanged(group);
    }
}
