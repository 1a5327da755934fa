using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Consumer groups as one connection uses them. Thread-safe.</summary>
internal sealed class ConnectionConsumerGroups(
    NodeLife life, ConnectionKey connection, NamespaceId ns, IConnectionSink sink) : IConsumerGroups
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ConsumerGroupMembership> _memberships = [];
    private readonly HashSet<GroupId> _touched = [];
    private bool _ended;

    private DirectorySnapshot Directory => life.Node.Directory;

    public async ValueTask<Reply> JoinAsync(
        string group, ConsumerMember member, int sessionTimeoutMs, CancellationToken cancellation)
    {
        Reply located = Locate(group, member.Name, out GroupId home);
        if (located != Reply.Ok)
            return located;
        if (member.Metadata.Length > ConsumerMember.MaxMetadataBytes)
            return Reply.LimitReached;
        int timeoutMs = Math.Clamp(sessionTimeoutMs, 1, IConsumerGroups.MaxSessionTimeoutMs);
        if (Begin(group, home) is not { } membership)
            return Reply.Unavailable;
        if (HasJoined(membership, member, timeoutMs))
        {
            Reply beat = await BeatAsync(home, group, member.Name, cancellation).ConfigureAwait(false);
            // Left meanwhile: that came later, and must not be undone.
            if (beat != Reply.Gone || !Contains(membership, member.Name))
                return beat == Reply.Gone ? Reply.Ok : beat;
        }

        if (SendJoin(home, group, membership, member, timeoutMs) is not { } answer)
            return Reply.Unavailable;
        Answer joined = await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
        lock (_gate)
        {
            membership.End(member.Name, joined.Reply);
            if (membership.IsEmpty && _memberships.GetValueOrDefault(group) == membership)
                _memberships.Remove(group);
        }

        if (joined.Reply == Reply.Ok)
            GroupChanged(group, joined.Value);
        return joined.Reply;
    }

    public async ValueTask<Reply> LeaveAsync(string group, string member, CancellationToken cancellation)
    {
        Reply located = Locate(group, member, out GroupId home);
        if (located != Reply.Ok)
            return located;
        lock (_gate)
        {
            if (_memberships.TryGetValue(group, out ConsumerGroupMembership? membership))
            {
                membership.Remove(member);
                if (membership.IsEmpty)
                    _memberships.Remove(group);
            }
        }

        Answer left = await CommandAsync(
            home,
            (Group: Key(group), member, connection),
            static (state, output) => ConsumerGroupCommands.Leave(output, state.Group, state.member, state.connection),
            cancellation).ConfigureAwait(false);
        return left.Reply;
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<ConsumerMember> Members)> ListMembersAsync(
        string group, CancellationToken cancellation)
    {
        PartSaid said = await AskOfAsync(group, new ConsumerGroupAsk.ListMembers(Key(group)), cancellation)
            .ConfigureAwait(false);
        return said.Reply == Reply.Ok ? (Reply.Ok, ConsumerGroupCodec.ReadMembers(said.Body)) : (said.Reply, []);
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<string> Groups)> ListAsync(CancellationToken cancellation)
    {
        if (!Directory.IsBootstrapped)
            return (Reply.Unavailable, []);
        PartSaid[] said = await Task.WhenAll(Enumerable.Range(1, Directory.DataGroups).Select(home =>
            AskAsync(new GroupId(home), new ConsumerGroupAsk.ListGroups(ns), cancellation))).ConfigureAwait(false);
        foreach (PartSaid one in said)
        {
            if (one.Reply != Reply.Ok)
                return (one.Reply, []);
        }

        List<string> names = [.. said.SelectMany(one => ConsumerGroupCodec.ReadNames(one.Body))];
        names.Sort(StringComparer.Ordinal);
        return (Reply.Ok, names);
    }

    public async ValueTask<Reply> DeleteAsync(string group, CancellationToken cancellation)
    {
        Reply located = Locate(group, out GroupId home);
        if (located != Reply.Ok)
            return located;
        Answer deleted = await CommandAsync(
            home, Key(group), static (key, output) => ConsumerGroupCommands.Delete(output, key), cancellation)
            .ConfigureAwait(false);
        return deleted.Reply;
    }

    public async ValueTask<Reply> CommitOffsetAsync(
        string group, QueueId partition, long offset, CancellationToken cancellation)
    {
        Reply located = Locate(group, out GroupId home);
        if (located != Reply.Ok)
            return located;
        Answer committed = await CommandAsync(
            home,
            (Group: Key(group), partition, offset),
            static (state, output) => ConsumerGroupCommands.CommitOffset(
                output, state.Group, state.partition, state.offset),
            cancellation).ConfigureAwait(false);
        return committed.Reply;
    }

    public async ValueTask<(Reply Reply, long? Offset)> FetchOffsetAsync(
        string group, QueueId partition, CancellationToken cancellation)
    {
        PartSaid said = await AskOfAsync(group, new ConsumerGroupAsk.FetchOffset(Key(group), partition), cancellation)
            .ConfigureAwait(false);
        return said.Reply == Reply.Ok && ConsumerGroupCodec.ReadOffsets(said.Body) is [var one]
            ? (Reply.Ok, one.Value)
            : (said.Reply, null);
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<KeyValuePair<QueueId, long>> Offsets)> ListOffsetsAsync(
        string group, CancellationToken cancellation)
    {
        PartSaid said = await AskOfAsync(group, new ConsumerGroupAsk.ListOffsets(Key(group)), cancellation)
            .ConfigureAwait(false);
        return said.Reply == Reply.Ok ? (Reply.Ok, ConsumerGroupCodec.ReadOffsets(said.Body)) : (said.Reply, []);
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<QueueId> Locked)> LockAsync(
        string group, string member, IReadOnlyList<QueueId> partitions, int leaseMs, CancellationToken cancellation)
    {
        Reply located = Locate(group, member, out GroupId home);
        if (located != Reply.Ok)
            return (located, []);
        int lease = Math.Clamp(leaseMs, 1, IConsumerGroups.MaxLeaseMs);
        List<QueueId> locked = new(partitions.Count);
        foreach (QueueId[] some in partitions.Chunk(ConsumerGroupCommands.MaxLocks))
        {
            Answer answer = await CommandAsync(
                home,
                (Group: Key(group), member, lease, some),
                static (state, output) => ConsumerGroupCommands.Lock(
                    output, state.Group, state.member, state.lease, state.some),
                cancellation).ConfigureAwait(false);
            if (answer.Reply != Reply.Ok)
                return (answer.Reply, []);
            for (int i = 0; i < some.Length; i++)
            {
                if ((answer.Value >> i & 1) != 0)
                    locked.Add(some[i]);
            }
        }

        return (Reply.Ok, locked);
    }

    public async ValueTask<Reply> UnlockAsync(
        string group, string member, IReadOnlyList<QueueId> partitions, CancellationToken cancellation)
    {
        Reply located = Locate(group, member, out GroupId home);
        if (located != Reply.Ok)
            return located;
        foreach (QueueId[] some in partitions.Chunk(ConsumerGroupCommands.MaxUnlocks))
        {
            Answer answer = await CommandAsync(
                home,
                (Group: Key(group), member, some),
                static (state, output) => ConsumerGroupCommands.Unlock(output, state.Group, state.member, state.some),
                cancellation).ConfigureAwait(false);
            if (answer.Reply != Reply.Ok)
                return answer.Reply;
        }

        return Reply.Ok;
    }

    /// <summary>A group has a generation; whoever did not know it is told. Core threads.</summary>
    public void GroupChanged(string group, long generation)
    {
        lock (_gate)
        {
            if (!_memberships.TryGetValue(group, out ConsumerGroupMembership? membership)
                || generation <= membership.Generation)
            {
                return;
            }

            membership.Generation = generation;
            // Under the lock: nothing reaches the sink once the last member has left. A sink only queues.
            (sink as IGroupMemberSink)?.GroupChanged(group);
        }

        sink.Flush();
    }

    /// <summary>The connection ends: its members leave, also those whose join is still on its way.</summary>
    public IReadOnlyList<LaneAnswer> End()
    {
        lock (_gate)
        {
            _ended = true;
            _memberships.Clear();
        }

        List<LaneAnswer> answers = [];
        foreach (GroupId home in _touched)
        {
            var answer = new LaneAnswer();
            answers.Add(answer);
            life.LaneTo(home).Enqueue(
                connection, static (key, output) => ConsumerGroupCommands.LeaveAll(output, key), answer, 0);
        }

        return answers;
    }

    private ConsumerGroupKey Key(string group) => new(ns, group);

    private Reply Locate(string group, out GroupId home)
    {
        home = default;
        if (!EntityName.IsGood(group))
            return Reply.BadName;
        if (!Directory.IsBootstrapped)
            return Reply.Unavailable;
        home = Directory.GroupOf(ns, group);
        return Reply.Ok;
    }

    private Reply Locate(string group, string member, out GroupId home)
    {
        Reply located = Locate(group, out home);
        return located == Reply.Ok && !EntityName.IsGood(member) ? Reply.BadName : located;
    }

    /// <returns>Null when the connection has ended.</returns>
    private ConsumerGroupMembership? Begin(string group, GroupId home)
    {
        lock (_gate)
        {
            if (_ended)
                return null;
            _touched.Add(home);
            if (!_memberships.TryGetValue(group, out ConsumerGroupMembership? membership))
                _memberships.Add(group, membership = new ConsumerGroupMembership());
            return membership;
        }
    }

    /// <summary>Under the lock, so that it is not behind the word that the connection has ended.</summary>
    private LaneAnswer? SendJoin(
        GroupId home, string group, ConsumerGroupMembership membership, ConsumerMember member, int timeoutMs)
    {
        var answer = new LaneAnswer();
        lock (_gate)
        {
            if (_ended)
                return null;
            membership.Begin(member, timeoutMs);
            life.LaneTo(home).Enqueue(
                (Group: Key(group), member, connection, timeoutMs),
                static (state, output) => ConsumerGroupCommands.Join(
                    output,
                    state.Group,
                    state.member.Name,
                    state.connection,
                    state.timeoutMs,
                    state.member.Metadata.Span),
                answer,
                0);
        }

        return answer;
    }

    private bool HasJoined(ConsumerGroupMembership membership, ConsumerMember member, int timeoutMs)
    {
        lock (_gate)
            return membership.HasJoined(member, timeoutMs);
    }

    private bool Contains(ConsumerGroupMembership membership, string member)
    {
        lock (_gate)
            return membership.Contains(member);
    }

    private async Task<Reply> BeatAsync(
        GroupId home, string group, string member, CancellationToken cancellation)
    {
        PartSaid said = await AskAsync(
            home, new ConsumerGroupAsk.Heartbeat(Key(group), member, connection.Number), cancellation)
            .ConfigureAwait(false);
        if (said.Reply == Reply.Ok)
            GroupChanged(group, ConsumerGroupCodec.ReadGeneration(said.Body));
        return said.Reply;
    }

    private async Task<Answer> CommandAsync<TState>(
        GroupId home, TState state, Action<TState, IBufferWriter<byte>> write, CancellationToken cancellation)
    {
        var answer = new LaneAnswer();
        life.LaneTo(home).Enqueue(state, write, answer, 0);
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<PartSaid> AskOfAsync(string group, ConsumerGroupAsk ask, CancellationToken cancellation)
    {
        Reply located = Locate(group, out GroupId home);
        return located == Reply.Ok
            ? await AskAsync(home, ask, cancellation).ConfigureAwait(false)
            : new PartSaid(located, default);
    }

    private async Task<PartSaid> AskAsync(GroupId home, ConsumerGroupAsk ask, CancellationToken cancellation) =>
        await life.AskAsync(
            home, new PartAsk(ConsumerGroupRole.PartNumber, ConsumerGroupCodec.Write(ask)), cancellation)
            .ConfigureAwait(false) as PartSaid
        ?? new PartSaid(Reply.TimedOut, default);
}
