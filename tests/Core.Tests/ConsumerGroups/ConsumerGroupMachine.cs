using System.Buffers;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Tests.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.ConsumerGroups;

/// <summary>A data group's machine with consumer groups, of a leader and of a follower. Time stands still unless the
/// test moves it.</summary>
internal sealed class ConsumerGroupMachine
{
    public static readonly ConsumerGroupKey Orders = new(new NamespaceId(1), "orders");
    public static readonly NodeIncarnation NodeA = new(new NodeId(1), 1);
    public static readonly NodeIncarnation NodeB = new(new NodeId(2), 1);

    private readonly ConsumerGroupLimits _limits;
    private readonly GroupContext _context = new(new GroupId(1));
    private readonly QueueMachine _machine;
    private readonly QueueMachine _follower;
    private long _lastIndex;

    public ConsumerGroupMachine(ConsumerGroupLimits? limits = null)
    {
        _limits = limits ?? new ConsumerGroupLimits();
        Part = new ConsumerGroupPart(_limits);
        _machine = new QueueMachine(new GroupId(1), new QueueMachineOptions(), [Part]);
        _follower = new QueueMachine(new GroupId(1), new QueueMachineOptions(), [new ConsumerGroupPart(_limits)]);
    }

    public ConsumerGroupPart Part { get; }

    public long NowMs { get; set; } = 1_000_000;

    public long? NextTickMs => _machine.NextTickMs;

    public static ConnectionKey Connection(int number = 1, NodeIncarnation? node = null) => new(node ?? NodeA, number);

    public Answer Apply(Action<ArrayBufferWriter<byte>> write)
    {
        var command = new ArrayBufferWriter<byte>();
        write(command);
        var meta = new CommandMeta(++_lastIndex, 1, NowMs, 0, LaneSource.Of(NodeA));
        Answer answer = _machine.Apply(meta, command.WrittenMemory, _context);
        Assert.Equal(answer, _follower.Apply(meta, command.WrittenMemory.ToArray(), _context));
        // What a machine keeps must not be a part of the command.
        command.Clear();
        return answer;
    }

    public Answer Join(
        string member,
        ConnectionKey? owner = null,
        string metadata = "",
        ConsumerGroupKey? group = null,
        int sessionTimeoutMs = 10_000) => Apply(output => ConsumerGroupCommands.Join(
            output,
            group ?? Orders,
            member,
            owner ?? Connection(),
            sessionTimeoutMs,
            System.Text.Encoding.UTF8.GetBytes(metadata)));

    public void Leave(string member, ConnectionKey? owner = null) =>
        Assert.Equal(Answer.Ok, Apply(output => ConsumerGroupCommands.Leave(
            output, Orders, member, owner ?? Connection())));

    public void LeaveAll(ConnectionKey owner) =>
        Assert.Equal(Answer.Ok, Apply(output => ConsumerGroupCommands.LeaveAll(output, owner)));

    public void Drop(string member, long number) =>
        Assert.Equal(Answer.Ok, Apply(output => ConsumerGroupCommands.Drop(output, Orders, member, number)));

    public Reply Commit(long partition, long offset, ConsumerGroupKey? group = null) => Apply(
        output => ConsumerGroupCommands.CommitOffset(output, group ?? Orders, new QueueId(partition), offset)).Reply;

    /// <summary>A bit per partition.</summary>
    public long Lock(string member, int leaseMs, params long[] partitions)
    {
        Answer answer = Apply(output => ConsumerGroupCommands.Lock(
            output, Orders, member, leaseMs, [.. partitions.Select(partition => new QueueId(partition))]));
        Assert.Equal(Reply.Ok, answer.Reply);
        return answer.Value;
    }

    public void Unlock(string member, params long[] partitions) => Apply(output => ConsumerGroupCommands.Unlock(
        output, Orders, member, [.. partitions.Select(partition => new QueueId(partition))]));

    public void Prune(params long[] partitions) =>
        Assert.Equal(Answer.Ok, Apply(output => ConsumerGroupCommands.Prune(
            output, Orders, [.. partitions.Select(partition => new QueueId(partition))])));

    public Reply Delete() => Apply(output => ConsumerGroupCommands.Delete(output, Orders)).Reply;

    public void NodeGone(NodeIncarnation node) => Apply(output => QueueCommandWriter.NodeGone(output, node));

    /// <summary>Moves time from tick to tick.</summary>
    public void Pass(long ms)
    {
        long endMs = NowMs + ms;
        while (_machine.NextTickMs is { } dueMs && dueMs <= endMs)
        {
            NowMs = Math.Max(NowMs, dueMs);
            Apply(QueueCommandWriter.Tick);
        }

        NowMs = endMs;
    }

    public string Members(ConsumerGroupKey? group = null) =>
        string.Join(' ', Part.Find(group ?? Orders)?.Members.Keys ?? Enumerable.Empty<string>());

    public long Generation => Part.Find(Orders)!.Generation;

    public long TokenOf(long partition) => Part.Find(Orders)!.Locks[partition].Token;

    /// <summary>Leader and follower are the same, and so is what is read back from a snapshot.</summary>
    public void CheckState()
    {
        byte[] state = QueueGroup.StateOf(_machine);
        Assert.Equal(state, QueueGroup.StateOf(_follower));
        var copy = new QueueMachine(
            new GroupId(1), new QueueMachineOptions(), [new ConsumerGroupPart(_limits)]);
        // Over something else, which it must replace.
        copy.Apply(new CommandMeta(1, 1, 1, 0, LaneSource.Of(NodeB)), Foreign(), _context);
        copy.ReadState(new ReadOnlySequence<byte>(state));
        Assert.Equal(state, QueueGroup.StateOf(copy));
        Assert.Equal(_machine.NextTickMs, copy.NextTickMs);
        // The indexes that are not in it, too: both go on alike.
        var gone = new ArrayBufferWriter<byte>();
        QueueCommandWriter.NodeGone(gone, NodeA);
        var meta = new CommandMeta(_lastIndex + 1, 1, NowMs, 0, LaneSource.Of(NodeB));
        copy.Apply(meta, gone.WrittenMemory, _context);
        _follower.Apply(meta, gone.WrittenMemory, _context);
        Assert.Equal(QueueGroup.StateOf(_follower), QueueGroup.StateOf(copy));
        _follower.ReadState(new ReadOnlySequence<byte>(state));
    }

    private static ReadOnlyMemory<byte> Foreign()
    {
        var command = new ArrayBufferWriter<byte>();
        ConsumerGroupCommands.Join(command, new(new NamespaceId(9), "other"), "x", Connection(9, NodeB), 1, "m"u8);
        return command.WrittenMemory;
    }
}
