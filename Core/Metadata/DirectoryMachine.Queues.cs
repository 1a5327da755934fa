using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Queues: where they live, what their groups are told, and what the groups say.</summary>
public sealed partial class DirectoryMachine
{
    private Answer DeclareQueue(in CommandMeta meta, DirectoryCommand.DeclareQueue command, IGroupContext context)
    {
        QueueDeclaration wish = command.Queue;
        if (_state.Namespaces.Find(command.Namespace.Value) is not { } ns)
            return Refused(Reply.NamespaceNotFound);
        QueueRecord? present = ns.Queues.Find(wish.Name) ?? (wish.IgnoreCase ? ns.FindIgnoringCase(wish.Name) : null);
        if (present is not null)
            return new Answer(Reply.AlreadyExists, present.Info.Id.Value);
        if (!EntityName.IsGood(wish.Name) || !HasGoodNames(wish.Settings))
            return Refused(Reply.BadName);

        bool durable = wish.Durable && !wish.Exclusive;
        // Nobody would ever tell us to remove it.
        if (!durable && !_state.IsLive(command.Declarer.Owner))
            return Refused(Reply.Gone);
        if (ns.Queues.Count >= _state.Limits.MaxQueues
            || wish.Arguments.Length > _state.Limits.MaxArgumentBytes
            || context.OutboxBytes > _state.Limits.MaxOutboxBytes)
            return Refused(Reply.LimitReached);

        var info = new QueueInfo(
            new QueueId(NextId()),
            command.Namespace,
            durable
                ? _state.GroupOf(command.Namespace, wish.Name)
                : GroupId.LocalOf(command.Declarer.Owner.Node),
            wish.Name,
            durable,
            wish.AutoDelete,
            wish.Exclusive ? command.Declarer : null,
            wish.Settings,
            wish.Arguments,
            CreatedMs: meta.TimestampMs,
            ChangedMs: meta.TimestampMs);
        _state = _state.WithQueue(new QueueRecord(info, QueueState.Creating, durable ? null : command.Declarer));

        var news = new ArrayBufferWriter<byte>();
        _queueCommands.CreateQueue(
            news, info.Id, info.Namespace, info.Name, info.Durable, info.AutoDelete, info.Owner, info.Settings);
        context.Send(info.Group, news.WrittenSpan);
        return new Answer(Reply.Ok, info.Id.Value);
    }

    private static bool HasGoodNames(QueueSettings settings) =>
        settings.DeadLetter is not { } target
        || (EntityName.Fits(target.Topic) && EntityName.Fits(target.RoutingKey ?? ""));

    private Answer ChangeQueue(in CommandMeta meta, DirectoryCommand.ChangeQueue command, IGroupContext context)
    {
        if (_state.Queues.Find(command.Queue.Value) is not { State: not QueueState.Gone, Partition: null } queue)
            return Refused(Reply.QueueNotFound);
        if (!HasGoodNames(command.Settings))
            return Refused(Reply.BadName);
        if (context.OutboxBytes > _state.Limits.MaxOutboxBytes)
            return Refused(Reply.LimitReached);

        QueueInfo info = queue.Info with { Settings = command.Settings, ChangedMs = meta.TimestampMs };
        _state = _state.WithQueue(queue with { Info = info });
        var news = new ArrayBufferWriter<byte>();
        _queueCommands.ChangeQueue(news, info.Id, info.Settings);
        context.Send(info.Group, news.WrittenSpan);
        return Answer.Ok;
    }

    private Answer RemoveConnectionQueues(ConnectionKey connection, IGroupContext context)
    {
        // 0 is no connection; in the index it stands for queues that no connection owns.
        if (connection.Number == 0)
            return Answer.Ok;
        var first = new TransientQueue(connection.Owner, connection.Number, 0);
        long removed = 0;
        foreach (long id in TransientQueuesFrom(
            first, entry => entry.Owner == connection.Owner && entry.Connection == connection.Number))
        {
            if (RemoveQueue(_state.Queues.Find(id)!, context))
                removed++;
        }
        return new Answer(Reply.Ok, removed);
    }

    private bool RemoveQueue(QueueRecord queue, IGroupContext context)
    {
        if (queue.State == QueueState.Gone)
            return false;
        _state = _state.Retire(queue);
        var news = new ArrayBufferWriter<byte>();
        _queueCommands.RemoveQueue(news, queue.Info.Id);
        context.Send(queue.Info.Group, news.WrittenSpan);
        return true;
    }

    private Answer QueueReady(LaneSource source, QueueId id)
    {
        if (FindOf(source, id) is { State: QueueState.Creating } queue)
            _state = _state.WithQueue(queue with { State = QueueState.Ready });
        return Answer.Ok;
    }

    private Answer QueueGone(LaneSource source, QueueId id)
    {
        if (FindOf(source, id) is { } queue)
            _state = _state.WithoutQueue(queue);
        return Answer.Ok;
    }

    // News may come after the directory let the queue go, and from an earlier life of a local group.
    private QueueRecord? FindOf(LaneSource source, QueueId id)
    {
        Invariant.Check(source.Kind == LaneSourceKind.Group, "news of a queue that does not come from a group");
        return _state.Queues.Find(id.Value) is { } queue && queue.Info.Group.Value == source.Id ? queue : null;
    }
}
