using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Queues come, change and go; consumers attach.</summary>
public sealed partial class QueueMachine
{
    internal static NewQueue ReadDefinition(ref QueueCommandReader input)
    {
        var queue = new NewQueue(
            input.ReadQueue(),
            new NamespaceId(input.ReadInt64()),
            input.ReadString(),
            input.ReadFlag(),
            input.ReadFlag(),
            input.ReadFlag() ? input.ReadConnection() : null,
            new QueueSettings());
        return queue with { IsPartition = input.ReadFlag(), Settings = SettingsCodec.Read(ref input) };
    }

    private Answer CreateQueue(ref QueueCommandReader input, IGroupContext context)
    {
        NewQueue definition = ReadDefinition(ref input);
        if (Find(definition.Id) is null)
        {
            var queue = new QueueState(definition, _live, _rows, _spareRows, Options.RowsPerBlock);
            _queues.Add(definition.Id.Value, queue);
            if (definition.IsPartition)
                _partitions.Add(definition.Id.Value, queue);
            if (definition.Owner is { } owner)
                Remember(owner, definition.Id);
            Tell(QueueEffectKind.QueueCreated, definition.Id);
        }

        SendNews(DirectoryNews.QueueReady, definition.Id, context);
        return Answer.Ok;
    }

    private Answer ChangeQueue(in CommandMeta meta, ref QueueCommandReader input)
    {
        if (Find(input.ReadQueue()) is not { } queue)
            return NotFound;
        queue.Change(SettingsCodec.Read(ref input));
        if (queue.Settings.RewindMs > 0)
            queue.MoveRewindFloor(Earlier(meta.TimestampMs, queue.RewindWindowMs), int.MaxValue);
        Schedule(queue);
        Tell(QueueEffectKind.QueueChanged, queue.Id);
        return Answer.Ok;
    }

    private Answer RemoveQueue(ref QueueCommandReader input, IGroupContext context)
    {
        if (Find(input.ReadQueue()) is not { } queue)
            return NotFound;
        Remove(queue, context, token: 0);
        return Answer.Ok;
    }

    private Answer DeleteQueue(ref QueueCommandReader input, IGroupContext context)
    {
        QueueId id = input.ReadQueue();
        bool ifUnused = input.ReadFlag();
        long ifNextSequence = input.ReadInt64();
        long token = input.ReadInt64();
        Reply refused = Find(id) switch
        {
            null => Reply.QueueNotFound,
            { ConsumerCount: > 0 } when ifUnused => Reply.InUse,
            { } queue when ifNextSequence >= 0 && queue.NextSequence != ifNextSequence => Reply.NotEmpty,
            _ => Reply.Ok,
        };
        if (refused == Reply.Ok)
            Remove(Find(id)!, context, token);
        else
            Tell(QueueEffectKind.DeleteRefused, id, first: (long)refused, number: token);
        return new Answer(refused, 0);
    }

    private Answer Attach(ref QueueCommandReader input)
    {
        if (Find(input.ReadQueue()) is not { IsPartition: false } queue)
            return NotFound;
        ConsumerKey consumer = input.ReadConsumer();
        var attachment = new Attachment(input.ReadInt32(), input.ReadFlag(), input.ReadInt64());
        if (queue.IsReplacedBy(attachment) && queue.OwnerConsumer != consumer)
            Detach(queue, queue.OwnerConsumer!.Value);
        Reply reply = queue.Attach(consumer, attachment, Options.MaxConsumersPerQueue);
        if (reply == Reply.Ok)
        {
            Remember(consumer.Connection, queue.Id);
            Effects?.Add(new QueueEffect(QueueEffectKind.Attached, queue.Id)
            {
                Consumer = consumer,
                Number = attachment.Priority,
                First = attachment.Epoch,
            });
        }

        return new Answer(reply, 0);
    }

    private Answer Detach(ref QueueCommandReader input, IGroupContext context)
    {
        if (Find(input.ReadQueue()) is { } queue)
            Detach(queue, input.ReadConsumer(), context);
        return Answer.Ok;
    }

    private Answer CloseConnection(ref QueueCommandReader input, IGroupContext context)
    {
        ConnectionKey connection = input.ReadConnection();
        Close(connection, context);
        Effects?.Add(new QueueEffect(QueueEffectKind.ConnectionClosed, default)
        {
            Consumer = new ConsumerKey(connection, 0),
        });
        return Answer.Ok;
    }

    private Answer NodeGone(in CommandMeta meta, ref QueueCommandReader input, IGroupContext context)
    {
        NodeIncarnation node = input.ReadNode();
        var connections = new List<ConnectionKey>();
        foreach (ConnectionKey connection in _connections.Keys)
        {
            if (connection.Owner == node)
                connections.Add(connection);
        }

        connections.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        foreach (ConnectionKey connection in connections)
            Close(connection, context);
        foreach (IMachinePart part in _parts)
            part.NodeGone(meta, node, ContextOf(context));
        _uploads.DropFrom(node);
        context.EndLanes(node);
        Effects?.Add(new QueueEffect(QueueEffectKind.NodeGone, default)
        {
            Consumer = new ConsumerKey(new ConnectionKey(node, 0), 0),
        });
        return Answer.Ok;
    }

    private void Close(ConnectionKey connection, IGroupContext context)
    {
        if (!_connections.TryGetValue(connection, out SortedSet<long>? queues))
            return;
        long[] ids = [.. queues];
        foreach (long id in ids)
        {
            if (!_queues.TryGetValue(id, out QueueState? queue))
                continue;
            if (queue.Definition.Owner == connection)
            {
                Remove(queue, context, token: 0);
                continue;
            }

            foreach (ConsumerKey consumer in queue.ConsumersOf(connection))
                Detach(queue, consumer, context);
        }

        _connections.Remove(connection);
    }

    private void Detach(QueueState queue, ConsumerKey consumer, IGroupContext context)
    {
        if (Detach(queue, consumer) && queue.Definition.AutoDelete && queue.ConsumerCount == 0)
            Remove(queue, context, token: 0);
    }

    private bool Detach(QueueState queue, ConsumerKey consumer)
    {
        if (!queue.Detach(consumer))
            return false;
        Effects?.Add(new QueueEffect(QueueEffectKind.Detached, queue.Id) { Consumer = consumer });
        if (queue.ConsumersOf(consumer.Connection).Count == 0)
            Forget(consumer.Connection, queue);
        return true;
    }

    private void Remove(QueueState queue, IGroupContext context, long token)
    {
        queue.ReleaseAll();
        _queues.Remove(queue.Id.Value);
        if (_partitions.Remove(queue.Id.Value))
            ChangedPartitions?.Add(queue.Id);
        foreach ((ConsumerKey consumer, _) in queue.Consumers)
            Forget(consumer.Connection, queue, deleted: true);
        if (queue.Definition.Owner is { } owner)
            Forget(owner, queue, deleted: true);
        SendNews(DirectoryNews.QueueGone, queue.Id, context);
        Tell(QueueEffectKind.QueueDeleted, queue.Id, number: token);
    }

    private void Remember(ConnectionKey connection, QueueId queue)
    {
        if (!_connections.TryGetValue(connection, out SortedSet<long>? queues))
            _connections.Add(connection, queues = []);
        queues.Add(queue.Value);
    }

    private void Forget(ConnectionKey connection, QueueState queue, bool deleted = false)
    {
        if ((!deleted && queue.Definition.Owner == connection)
            || !_connections.TryGetValue(connection, out SortedSet<long>? queues))
        {
            return;
        }

        queues.Remove(queue.Id.Value);
        if (queues.Count == 0)
            _connections.Remove(connection);
    }

    private static void SendNews(byte kind, QueueId queue, IGroupContext context)
    {
        Span<byte> news = stackalloc byte[DirectoryNews.Bytes];
        DirectoryNews.Write(news, kind, queue);
        context.Send(GroupId.Directory, news);
    }
}
