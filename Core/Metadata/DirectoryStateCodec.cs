using System.Buffers;
using System.Collections.Immutable;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// The directory's state as bytes: everything in a fixed order (ids, then ordinal names), because the tables'
/// own order differs between processes. Indexes are not written but made again.
/// </summary>
internal static class DirectoryStateCodec
{
    private const byte Format = 2;

    public static void Write(IBufferWriter<byte> buffer, DirectoryState state, long appliedIndex)
    {
        var output = new FieldWriter(buffer);
        output.Byte(Format);
        output.Int64(appliedIndex);
        WriteCluster(output, state);
        WriteEntities(output, state);
        WriteBindings(output, state);
        WriteUsers(output, state);
    }

    /// <exception cref="InvariantException">Not a state.</exception>
    public static (DirectoryState State, long AppliedIndex) Read(ReadOnlySpan<byte> bytes)
    {
        var input = new FieldReader(bytes);
        Invariant.Check(input.Byte() == Format, "the directory's state has an unknown format");
        long appliedIndex = input.Int64();
        DirectoryState state = ReadCluster(ref input);
        state = ReadEntities(ref input, state);
        state = ReadBindings(ref input, state);
        state = ReadUsers(ref input, state);
        Invariant.Check(input.AtEnd, "the directory's state goes on after its end");
        return (state, appliedIndex);
    }

    private static void WriteCluster(FieldWriter output, DirectoryState state)
    {
        output.Int32(state.MachineVersion);
        output.Guid(state.ClusterId);
        output.Int32(state.DataGroups);
        output.Int32(state.Members.Count);
        foreach (ClusterMember member in state.Members.Values)
        {
            output.Replica(member.Replica);
            output.Int64(member.LastIncarnation);
        }
        output.Int64(state.MembersAt);
        output.Int32(state.SlotGroups.Length);
        foreach (int group in state.SlotGroups)
            output.Int32(group);
        EntityFields.Write(output, state.Limits);
        output.Int64(state.LastId);
        output.Int32(state.Nodes.Count);
        foreach (NodeRecord node in state.Nodes.Values)
        {
            output.Incarnation(node.Info.Incarnation);
            output.Guid(node.Info.StoreId);
            output.Text(node.Info.ClusterAddress);
            EntityFields.Write(output, node.Info.Services);
            output.Bool(node.Live);
        }
    }

    private static DirectoryState ReadCluster(ref FieldReader input)
    {
        var state = new DirectoryState
        {
            MachineVersion = input.Int32(),
            ClusterId = input.Guid(),
            DataGroups = input.Int32(),
            Members = ReadMembers(ref input),
            MembersAt = input.Int64(),
            SlotGroups = [.. ReadInts(ref input)],
            Limits = EntityFields.ReadLimits(ref input),
            LastId = input.Int64(),
        };
        var nodes = state.Nodes.ToBuilder();
        for (int left = input.Count(37); left > 0; left--)
        {
            var info = new NodeInfo(input.Incarnation(), input.Guid(), input.Text())
            {
                Services = EntityFields.ReadServices(ref input),
            };
            nodes.Add(info.Incarnation.Node.Value, new NodeRecord(info, input.Bool()));
        }
        return state with { Nodes = nodes.ToImmutable() };
    }

    private static ImmutableSortedDictionary<int, ClusterMember> ReadMembers(ref FieldReader input)
    {
        var members = ImmutableSortedDictionary.CreateBuilder<int, ClusterMember>();
        for (int left = input.Count(FieldReader.ReplicaBytes + sizeof(long)); left > 0; left--)
        {
            var member = new ClusterMember(input.Replica(), input.Int64());
            members.Add(member.Node.Value, member);
        }
        return members.ToImmutable();
    }

    private static void WriteEntities(FieldWriter output, DirectoryState state)
    {
        output.Int32(state.Namespaces.Count);
        foreach (NamespaceEntry ns in state.Namespaces.ToList().OrderBy(ns => ns.Id.Value))
        {
            output.Int64(ns.Id.Value);
            output.Text(ns.Info.Name);
            output.Int64(ns.Info.CreatedMs);
        }
        output.Int32(state.Topics.Count);
        foreach (TopicEntry topic in state.Topics.ToList().OrderBy(topic => topic.Info.Id.Value))
            WriteTopic(output, topic.Info);
        output.Int32(state.Queues.Count);
        foreach (QueueRecord queue in state.Queues.ToList().OrderBy(queue => queue.Info.Id.Value))
            WriteQueue(output, queue);
    }

    private static DirectoryState ReadEntities(ref FieldReader input, DirectoryState state)
    {
        for (int left = input.Count(20); left > 0; left--)
            state = state.WithNamespace(new(new NamespaceId(input.Int64()), input.Text(), input.Int64()));
        for (int left = input.Count(29); left > 0; left--)
            state = state.WithTopic(ReadTopic(ref input));
        for (int left = input.Count(64); left > 0; left--)
            state = state.WithQueue(ReadQueue(ref input));
        return state;
    }

    private static void WriteTopic(FieldWriter output, TopicInfo topic)
    {
        output.Int64(topic.Id.Value);
        output.Int64(topic.Namespace.Value);
        output.Text(topic.Name);
        output.Byte((byte)topic.Kind);
        output.Bool(topic.Durable);
        output.Bool(topic.AutoDelete);
        output.Bool(topic.Internal);
        output.Bool(topic.System);
        output.Block(topic.Arguments.Span);
    }

    private static TopicInfo ReadTopic(ref FieldReader input) => new(
        new TopicId(input.Int64()),
        new NamespaceId(input.Int64()),
        input.Text(),
        input.Enum(TopicKind.Headers),
        input.Bool(),
        input.Bool(),
        input.Bool(),
        input.Bool(),
        input.Block());

    private static void WriteQueue(FieldWriter output, QueueRecord queue)
    {
        QueueInfo info = queue.Info;
        output.Int64(info.Id.Value);
        output.Int64(info.Namespace.Value);
        output.Int32(info.Group.Value);
        output.Text(info.Name);
        output.Bool(info.Durable);
        output.Bool(info.AutoDelete);
        output.Bool(info.Owner is not null);
        EntityFields.Write(output, info.Settings);
        output.Block(info.Arguments.Span);
        output.Int64(info.CreatedMs);
        output.Int64(info.ChangedMs);
        output.Byte((byte)queue.State);
        output.Bool(queue.Declarer is not null);
        if (queue.Declarer is { } declarer)
            output.Connection(declarer);
        output.Bool(queue.Partition is not null);
        if (queue.Partition is { } partition)
        {
            output.Int64(partition.Topic.Value);
            output.Int32(partition.Number);
        }
    }

    private static QueueRecord ReadQueue(ref FieldReader input)
    {
        var id = new QueueId(input.Int64());
        var ns = new NamespaceId(input.Int64());
        var group = new GroupId(input.Int32());
        string name = input.Text();
        bool durable = input.Bool();
        bool autoDelete = input.Bool();
        bool owned = input.Bool();
        QueueSettings settings = EntityFields.ReadSettings(ref input);
        byte[] arguments = input.Block();
        long createdMs = input.Int64();
        long changedMs = input.Int64();
        QueueState state = input.Enum(QueueState.Gone);
        ConnectionKey? declarer = input.Bool() ? input.Connection() : null;
        PartitionInfo? partition = input.Bool()
            ? new PartitionInfo(id, new TopicId(input.Int64()), group, input.Int32())
            : null;
        return new QueueRecord(
            new QueueInfo(
                id,
                ns,
                group,
                name,
                durable,
                autoDelete,
                owned ? declarer : null,
                settings,
                arguments,
                createdMs,
                changedMs),
            state,
            declarer)
        {
            Partition = partition,
        };
    }

    private static void WriteBindings(FieldWriter output, DirectoryState state)
    {
        output.Int32(state.BindingCount);
        foreach (TopicEntry topic in state.Topics.ToList().OrderBy(topic => topic.Info.Id.Value))
        {
            var collector = new BindingCollector([]);
            topic.ByKey.ForEach(ref collector);
            collector.Bindings.Sort();
            foreach (Binding binding in collector.Bindings)
                EntityFields.Write(output, binding.ToInfo());
        }
    }

    private static DirectoryState ReadBindings(ref FieldReader input, DirectoryState state)
    {
        for (int left = input.Count(26); left > 0; left--)
            state = state.WithBinding(new Binding(EntityFields.ReadBinding(ref input)));
        return state;
    }

    private static void WriteUsers(FieldWriter output, DirectoryState state)
    {
        output.Int32(state.Users.Count);
        foreach (UserRecord user in state.Users.Values)
        {
            output.Text(user.Name);
            EntityFields.Write(output, user.Verifier);
            output.Texts(user.Tags);
            output.Int32(user.Permissions.Count);
            foreach ((long ns, PermissionPatterns patterns) in user.Permissions)
            {
                output.Int64(ns);
                output.Text(patterns.Configure);
                output.Text(patterns.Write);
                output.Text(patterns.Read);
            }
        }
        output.Int32(state.AccessKeys.Count);
        foreach (AccessKeyRecord key in state.AccessKeys.Values)
            EntityFields.Write(output, key);
    }

    private static DirectoryState ReadUsers(ref FieldReader input, DirectoryState state)
    {
        var users = state.Users.ToBuilder();
        for (int left = input.Count(20); left > 0; left--)
        {
            string name = input.Text();
            ScramVerifier verifier = EntityFields.ReadVerifier(ref input);
            string[] tags = input.Texts();
            var permissions = ImmutableSortedDictionary.CreateBuilder<long, PermissionPatterns>();
            for (int more = input.Count(20); more > 0; more--)
                permissions.Add(input.Int64(), new PermissionPatterns(input.Text(), input.Text(), input.Text()));
            users.Add(name, new UserRecord(name, verifier, tags, permissions.ToImmutable()));
        }
        var keys = state.AccessKeys.ToBuilder();
        for (int left = input.Count(21); left > 0; left--)
        {
            AccessKeyRecord key = EntityFields.ReadAccessKey(ref input);
            keys.Add(key.SecretId, key);
            UserRecord user = users[key.UserName];
            users[key.UserName] = user with { AccessKeys = user.AccessKeys.Add(key.SecretId) };
        }
        return state with { Users = users.ToImmutable(), AccessKeys = keys.ToImmutable() };
    }

    private static int[] ReadInts(ref FieldReader input)
    {
        int[] values = new int[input.Count(sizeof(int))];
        for (int i = 0; i < values.Length; i++)
            values[i] = input.Int32();
        return values;
    }
}
