using System.Buffers;
using System.Diagnostics;
using Cmq.MultiProtocol.Core.Broker;
using static Cmq.MultiProtocol.Core.Metadata.DirectoryCommandKind;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Commands of the directory as bytes: the kind, then the fields, little-endian.</summary>
public static class DirectoryCommandCodec
{
    /// <summary>Longest encoded command that is read; a batch is no longer, either.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <exception cref="ArgumentException">A text in it is not well-formed UTF-16.</exception>
    public static void Write(IBufferWriter<byte> buffer, DirectoryCommand command)
    {
        var output = new FieldWriter(buffer);
        output.Byte((byte)KindOf(command));
        switch (command)
        {
            case DirectoryCommand.Bootstrap c: BootstrapFields.Write(output, c); break;
            case DirectoryCommand.RaiseVersion c: output.Int32(c.Version); break;
            case DirectoryCommand.RegisterNode c:
                output.Incarnation(c.Node);
                output.Guid(c.StoreId);
                output.Text(c.ClusterAddress);
                EntityFields.Write(output, c.Services);
                break;
            case DirectoryCommand.NodeGone c: output.Incarnation(c.Node); break;
            case DirectoryCommand.PutMember c: output.Replica(c.Replica); break;
            case DirectoryCommand.RemoveMember c: output.Int32(c.Node.Value); break;
            case DirectoryCommand.DeclareTopic c: Write(output, c); break;
            case DirectoryCommand.DeleteTopic c:
                output.Int64(c.Topic.Value);
                output.Bool(c.IfUnused);
                break;
            case DirectoryCommand.GrowPartitions c:
                output.Int64(c.Topic.Value);
                output.Int32(c.Group.Value);
                output.Int32(c.Count);
                EntityFields.Write(output, c.Settings);
                break;
            case DirectoryCommand.ChangeTopic c:
                output.Int64(c.Topic.Value);
                output.Block(c.Arguments.Span);
                break;
            case DirectoryCommand.DeclareQueue c: Write(output, c); break;
            case DirectoryCommand.ChangeQueue c:
                output.Int64(c.Queue.Value);
                EntityFields.Write(output, c.Settings);
                break;
            case DirectoryCommand.RemoveConnectionQueues c: output.Connection(c.Connection); break;
            case DirectoryCommand.Bind c: EntityFields.Write(output, c.Binding); break;
            case DirectoryCommand.Unbind c: EntityFields.Write(output, c.Binding); break;
            case DirectoryCommand.PutNamespace c: output.Text(c.Name); break;
            case DirectoryCommand.DeleteNamespace c: output.Int64(c.Namespace.Value); break;
            case DirectoryCommand.PutUser c:
                output.Text(c.Name);
                EntityFields.Write(output, c.Verifier);
                output.Texts(c.Tags);
                break;
            case DirectoryCommand.DeleteUser c: output.Text(c.Name); break;
            case DirectoryCommand.SetPermissions c:
                output.Text(c.User);
                output.Int64(c.Namespace.Value);
                output.Text(c.Configure);
                output.Text(c.Write);
                output.Text(c.Read);
                break;
            case DirectoryCommand.ClearPermissions c:
                output.Text(c.User);
                output.Int64(c.Namespace.Value);
                break;
            case DirectoryCommand.PutAccessKey c: EntityFields.Write(output, c.Key); break;
            case DirectoryCommand.DeleteAccessKey c: output.Text(c.SecretId); break;
            case DirectoryCommand.QueueReady c: output.Int64(c.Queue.Value); break;
            case DirectoryCommand.QueueGone c: output.Int64(c.Queue.Value); break;
            default: throw new UnreachableException();
        }
    }

    /// <summary>Nothing of the result refers to <paramref name="command"/>.</summary>
    /// <exception cref="MalformedException">Malformed, or of an unknown kind.</exception>
    public static DirectoryCommand Read(ReadOnlyMemory<byte> command)
    {
        MalformedException.ThrowIf(command.Length > MaxBytes, "a command of the directory is too long");
        var input = new FieldReader(command.Span);
        DirectoryCommand result = Read((DirectoryCommandKind)input.Byte(), ref input);
        MalformedException.ThrowIf(!input.AtEnd, "a command of the directory goes on after its end");
        return result;
    }

    private static DirectoryCommand Read(DirectoryCommandKind kind, ref FieldReader input) => kind switch
    {
        Bootstrap => BootstrapFields.Read(ref input),
        RaiseVersion => new DirectoryCommand.RaiseVersion(input.Int32()),
        RegisterNode => new DirectoryCommand.RegisterNode(input.Incarnation(), input.Guid(), input.Text())
        {
            Services = EntityFields.ReadServices(ref input),
        },
        NodeGone => new DirectoryCommand.NodeGone(input.Incarnation()),
        PutMember => new DirectoryCommand.PutMember(input.Replica()),
        RemoveMember => new DirectoryCommand.RemoveMember(new(input.Int32())),
        DeclareTopic => ReadDeclareTopic(ref input),
        DeleteTopic => new DirectoryCommand.DeleteTopic(new(input.Int64()), input.Bool()),
        GrowPartitions => new DirectoryCommand.GrowPartitions(
            new(input.Int64()), new(input.Int32()), input.Int32(), EntityFields.ReadSettings(ref input)),
        ChangeTopic => new DirectoryCommand.ChangeTopic(new(input.Int64()), input.Block()),
        DeclareQueue => ReadDeclareQueue(ref input),
        ChangeQueue => new DirectoryCommand.ChangeQueue(new(input.Int64()), EntityFields.ReadSettings(ref input)),
        RemoveConnectionQueues => new DirectoryCommand.RemoveConnectionQueues(input.Connection()),
        Bind => new DirectoryCommand.Bind(EntityFields.ReadBinding(ref input)),
        Unbind => new DirectoryCommand.Unbind(EntityFields.ReadBinding(ref input)),
        PutNamespace => new DirectoryCommand.PutNamespace(input.Text()),
        DeleteNamespace => new DirectoryCommand.DeleteNamespace(new(input.Int64())),
        PutUser => new DirectoryCommand.PutUser(input.Text(), EntityFields.ReadVerifier(ref input), input.Texts()),
        DeleteUser => new DirectoryCommand.DeleteUser(input.Text()),
        SetPermissions => new DirectoryCommand.SetPermissions(
            input.Text(), new(input.Int64()), input.Text(), input.Text(), input.Text()),
        ClearPermissions => new DirectoryCommand.ClearPermissions(input.Text(), new(input.Int64())),
        PutAccessKey => new DirectoryCommand.PutAccessKey(EntityFields.ReadAccessKey(ref input)),
        DeleteAccessKey => new DirectoryCommand.DeleteAccessKey(input.Text()),
        QueueReady => new DirectoryCommand.QueueReady(new(input.Int64())),
        QueueGone => new DirectoryCommand.QueueGone(new(input.Int64())),
        _ => throw new MalformedException($"unknown command {(byte)kind} of the directory"),
    };

    private static DirectoryCommandKind KindOf(DirectoryCommand command) => command switch
    {
        DirectoryCommand.Bootstrap => Bootstrap,
        DirectoryCommand.RaiseVersion => RaiseVersion,
        DirectoryCommand.RegisterNode => RegisterNode,
        DirectoryCommand.NodeGone => NodeGone,
        DirectoryCommand.PutMember => PutMember,
        DirectoryCommand.RemoveMember => RemoveMember,
        DirectoryCommand.DeclareTopic => DeclareTopic,
        DirectoryCommand.DeleteTopic => DeleteTopic,
        DirectoryCommand.GrowPartitions => GrowPartitions,
        DirectoryCommand.ChangeTopic => ChangeTopic,
        DirectoryCommand.DeclareQueue => DeclareQueue,
        DirectoryCommand.ChangeQueue => ChangeQueue,
        DirectoryCommand.RemoveConnectionQueues => RemoveConnectionQueues,
        DirectoryCommand.Bind => Bind,
        DirectoryCommand.Unbind => Unbind,
        DirectoryCommand.PutNamespace => PutNamespace,
        DirectoryCommand.DeleteNamespace => DeleteNamespace,
        DirectoryCommand.PutUser => PutUser,
        DirectoryCommand.DeleteUser => DeleteUser,
        DirectoryCommand.SetPermissions => SetPermissions,
        DirectoryCommand.ClearPermissions => ClearPermissions,
        DirectoryCommand.PutAccessKey => PutAccessKey,
        DirectoryCommand.DeleteAccessKey => DeleteAccessKey,
        DirectoryCommand.QueueReady => QueueReady,
        DirectoryCommand.QueueGone => QueueGone,
        _ => throw new UnreachableException(),
    };

    private static void Write(FieldWriter output, DirectoryCommand.DeclareTopic command)
    {
        TopicDeclaration topic = command.Topic;
        output.Int64(command.Namespace.Value);
        output.Text(topic.Name);
        output.Byte((byte)topic.Kind);
        output.Bool(topic.Durable);
        output.Bool(topic.AutoDelete);
        output.Bool(topic.Internal);
        output.Block(topic.Arguments.Span);
    }

    private static DirectoryCommand.DeclareTopic ReadDeclareTopic(ref FieldReader input) => new(
        new NamespaceId(input.Int64()),
        new TopicDeclaration(
            input.Text(),
            input.Enum(TopicKind.Headers),
            input.Bool(),
            input.Bool(),
            input.Bool(),
            input.Block()));

    private static void Write(FieldWriter output, DirectoryCommand.DeclareQueue command)
    {
        QueueDeclaration queue = command.Queue;
        output.Int64(command.Namespace.Value);
        output.Text(queue.Name);
        output.Bool(queue.Durable);
        output.Bool(queue.AutoDelete);
        output.Bool(queue.Exclusive);
        EntityFields.Write(output, queue.Settings);
        output.Block(queue.Arguments.Span);
        output.Bool(queue.IgnoreCase);
        output.Connection(command.Declarer);
    }

    private static DirectoryCommand.DeclareQueue ReadDeclareQueue(ref FieldReader input) => new(
        new NamespaceId(input.Int64()),
        new QueueDeclaration(
            input.Text(),
            input.Bool(),
            input.Bool(),
            input.Bool(),
            EntityFields.ReadSettings(ref input),
            input.Block(),
            input.Bool()),
        input.Connection());
}
