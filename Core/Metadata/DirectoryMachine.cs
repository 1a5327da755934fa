using System.Buffers;
using System.Diagnostics;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// The state machine of group 0: namespaces, topology, users and keys, live nodes, placement. It tells the
/// groups of their queues and hears from them over lanes. One thread at a time; <see cref="Snapshot"/> is for
/// all threads.
/// </summary>
public sealed partial class DirectoryMachine : IGroupMachine
{
    /// <summary>The highest machine version that this build can be.</summary>
    public const int SupportedVersion = DirectoryState.FirstVersion;

    private readonly IQueueCommands _queueCommands;
    private DirectoryState _state = new();
    private long _appliedIndex;
    private DirectorySnapshot? _snapshot;

    internal DirectoryMachine(IQueueCommands queueCommands) => _queueCommands = queueCommands;

    /// <summary>The state after the last applied command; the same object until there is another one. Costs
    /// nothing to take: the state is immutable.</summary>
    public DirectorySnapshot Snapshot => _snapshot ??= new DirectorySnapshot(_state, _appliedIndex);

    public Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, IGroupContext context)
    {
        DirectoryCommand decoded = DirectoryCommandCodec.Read(command);
        _appliedIndex = meta.Index;
        _snapshot = null;
        if (_state.DataGroups == 0 && decoded is not (DirectoryCommand.Bootstrap or DirectoryCommand.RaiseVersion))
            return Refused(Reply.Unavailable);
        return Apply(meta, decoded, context);
    }

    public void WriteState(IBufferWriter<byte> output) => DirectoryStateCodec.Write(output, _state, _appliedIndex);

    public void ReadState(ReadOnlySequence<byte> input)
    {
        ReadOnlySpan<byte> bytes = input.IsSingleSegment ? input.FirstSpan : input.ToArray();
        (_state, _appliedIndex) = DirectoryStateCodec.Read(bytes);
        Invariant.Check(_state.MachineVersion <= SupportedVersion, "the directory's state is of a later version");
        _snapshot = null;
    }

    /// <summary>None: commands are never looked up again.</summary>
    public IReadOnlyList<long> LiveIndexes() => [];

    /// <summary>What is sent is the command itself.</summary>
    public ReadOnlyMemory<byte> Materialize(ReadOnlyMemory<byte> payload, IUnitReader units) => payload;

    /// <summary>Nothing is held for what was sent.</summary>
    public void Delivered(ReadOnlyMemory<byte> payload)
    {
    }

    private Answer Apply(in CommandMeta meta, DirectoryCommand command, IGroupContext context) => command switch
    {
        DirectoryCommand.Bootstrap c => Bootstrap(meta, c),
        DirectoryCommand.RaiseVersion c => RaiseVersion(c),
        DirectoryCommand.RegisterNode c => RegisterNode(c, context),
        DirectoryCommand.NodeGone c => NodeGone(c.Node, context),
        DirectoryCommand.PutMember c => PutMember(meta, c),
        DirectoryCommand.RemoveMember c => RemoveMember(meta, c.Node, context),
        DirectoryCommand.DeclareTopic c => DeclareTopic(c),
        DirectoryCommand.DeleteTopic c => DeleteTopic(c, context),
        DirectoryCommand.GrowPartitions c => GrowPartitions(meta, c, context),
        DirectoryCommand.ChangeTopic c => ChangeTopic(c),
        DirectoryCommand.DeclareQueue c => DeclareQueue(meta, c, context),
        DirectoryCommand.ChangeQueue c => ChangeQueue(meta, c, context),
        DirectoryCommand.RemoveConnectionQueues c => RemoveConnectionQueues(c.Connection, context),
        DirectoryCommand.Bind c => Bind(c.Binding),
        DirectoryCommand.Unbind c => Unbind(c.Binding),
        DirectoryCommand.PutNamespace c => PutNamespace(meta, c.Name),
        DirectoryCommand.DeleteNamespace c => DeleteNamespace(c.Namespace, context),
        DirectoryCommand.PutUser c => PutUser(c),
        DirectoryCommand.DeleteUser c => DeleteUser(c.Name),
        DirectoryCommand.SetPermissions c => SetPermissions(c),
        DirectoryCommand.ClearPermissions c => ClearPermissions(c),
        DirectoryCommand.PutAccessKey c => PutAccessKey(c.Key),
        DirectoryCommand.DeleteAccessKey c => DeleteAccessKey(c.SecretId),
        DirectoryCommand.QueueReady c => QueueReady(meta.Source, c.Queue),
        DirectoryCommand.QueueGone c => QueueGone(meta.Source, c.Queue),
        _ => throw new UnreachableException(),
    };

    private static Answer Refused(Reply reply) => new(reply, 0);

    private long NextId()
    {
        long id = _state.LastId + 1;
        _state = _state with { LastId = id };
        return id;
    }
}
