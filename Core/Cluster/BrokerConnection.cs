using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>One client connection of this node. This part: look-ups and topology.</summary>
internal sealed partial class BrokerConnection : IBrokerConnection
{
    private readonly NodeLife _life;
    private readonly ConnectionOptions _options;
    private ConnectionConsumerGroups? _consumerGroups;
    private volatile bool _ownsQueues;

    public BrokerConnection(NodeLife life, ConnectionKey key, ConnectionOptions options)
    {
        _life = life;
        _options = options;
        // Connections do not all begin with the same group.
        _parkTurn = unchecked((uint)key.Number);
        _sessions = new ConnectionSessions(life, key, options);
        Key = key;
    }

    public ConnectionKey Key { get; }

    public IConnectionSink Sink => _options.Sink;

    /// <summary>Made when first asked for: few connections are members of anything.</summary>
    public IConsumerGroups ConsumerGroups => OwnConsumerGroups;

    private ConnectionConsumerGroups OwnConsumerGroups =>
        LazyInitializer.EnsureInitialized(
            ref _consumerGroups, () => new ConnectionConsumerGroups(_life, Key, Namespace, Sink));

    private DirectorySnapshot Directory => _life.Node.Directory;

    private NamespaceId Namespace => _options.Namespace;

    /// <summary>A consumer group that this connection has members in has changed. Core threads.</summary>
    public void GroupChanged(string group, long generation) => OwnConsumerGroups.GroupChanged(group, generation);

    public TopicInfo? FindTopic(string name) => Directory.FindTopic(Namespace, name);

    public TopicInfo? FindTopic(TopicId id) => Directory.FindTopic(id);

    public IReadOnlyList<TopicInfo> ListTopics() => Directory.ListTopics(Namespace);

    public QueueInfo? FindQueue(string name) => IfReady(Directory.FindQueue(Namespace, name));

    public QueueInfo? FindQueueIgnoringCase(string name) => IfReady(Directory.FindQueueIgnoringCase(Namespace, name));

    public IReadOnlyList<QueueInfo> ListQueues() => Directory.ListQueues(Namespace);

    public IReadOnlyList<BindingInfo> ListBindings(TopicId source) => Directory.ListBindings(source);

    public async ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(
        TopicDeclaration topic, CancellationToken cancellation)
    {
        Answer answer = await ChangeAsync(new DirectoryCommand.DeclareTopic(Namespace, topic), cancellation)
            .ConfigureAwait(false);
        if (answer.Reply is not (Reply.Ok or Reply.AlreadyExists))
            return (answer.Reply, null);
        Reply settled = await AwaitTopologyAsync(null, gone: false, cancellation).ConfigureAwait(false);
        if (settled != Reply.Ok)
            return (settled, null);
        // Somebody else may have deleted it meanwhile.
        return Directory.FindTopic(new TopicId(answer.Value)) is { } info
            ? (answer.Reply, info)
            : (Reply.TopicNotFound, null);
    }

    public async ValueTask<Reply> ChangeTopicAsync(
        TopicId topic, ReadOnlyMemory<byte> arguments, CancellationToken cancellation) =>
        await ChangeAndAwaitAsync(new DirectoryCommand.ChangeTopic(topic, arguments), cancellation)
            .ConfigureAwait(false);

    public async ValueTask<Reply> DeleteTopicAsync(TopicId topic, bool ifUnused, CancellationToken cancellation) =>
        await ChangeAndAwaitAsync(new DirectoryCommand.DeleteTopic(topic, ifUnused), cancellation)
            .ConfigureAwait(false);

    public async ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(
        QueueDeclaration queue, CancellationToken cancellation)
    {
        // Before the command goes out: a connection that ends while it is under way must still clean up.
        if (queue.Exclusive)
            _ownsQueues = true;
        Answer answer = await ChangeAsync(new DirectoryCommand.DeclareQueue(Namespace, queue, Key), cancellation)
            .ConfigureAwait(false);
        if (answer.Reply is not (Reply.Ok or Reply.AlreadyExists))
            return (answer.Reply, null);
        var id = new QueueId(answer.Value);
        Reply settled = await AwaitTopologyAsync(id, gone: false, cancellation).ConfigureAwait(false);
        if (settled != Reply.Ok)
            return (settled, null);
        return Directory.StateOf(id) != QueueState.Gone && Directory.FindQueue(id) is { } info
            ? (answer.Reply, info)
            : (Reply.QueueNotFound, null);
    }

    public async ValueTask<Reply> ChangeQueueAsync(
        QueueId queue, QueueSettings settings, CancellationToken cancellation) =>
        await ChangeAndAwaitAsync(new DirectoryCommand.ChangeQueue(queue, settings), cancellation)
            .ConfigureAwait(false);

    public async ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation) =>
        await ChangeAndAwaitAsync(new DirectoryCommand.Bind(binding), cancellation).ConfigureAwait(false);

    public async ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation) =>
        await ChangeAndAwaitAsync(new DirectoryCommand.Unbind(binding), cancellation).ConfigureAwait(false);

    public async ValueTask<(Reply Reply, long Ready)> DeleteQueueAsync(
        QueueId queue, bool ifUnused, bool ifEmpty, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return (Reply.Ok, 0);
        QueueSaid said = await AskAsync(info.Group, new QueueAsk.Delete(queue, ifUnused, ifEmpty), cancellation)
            .ConfigureAwait(false);
        if (said.Reply is not (Reply.Ok or Reply.QueueNotFound))
            return (said.Reply, 0);
        Reply settled = await AwaitTopologyAsync(queue, gone: true, cancellation).ConfigureAwait(false);
        return (settled, said.Count);
    }

    public async ValueTask<(Reply Reply, QueueStatus Status)> GetStatusAsync(
        QueueId queue, bool touch, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return (Reply.QueueNotFound, default);
        QueueSaid said = await AskAsync(info.Group, new QueueAsk.Status(queue, touch), cancellation)
            .ConfigureAwait(false);
        return (said.Reply, said.Status);
    }

    public async ValueTask<(Reply Reply, long Purged)> PurgeAsync(QueueId queue, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return (Reply.QueueNotFound, 0);
        QueueSaid said = await AskAsync(info.Group, new QueueAsk.Purge(queue), cancellation).ConfigureAwait(false);
        return (said.Reply, said.Count);
    }

    public async ValueTask<Reply> RewindAsync(QueueId queue, long fromMs, CancellationToken cancellation)
    {
        if (Directory.FindQueue(queue) is not { } info)
            return Reply.QueueNotFound;
        QueueSaid said = await AskAsync(info.Group, new QueueAsk.Rewind(queue, fromMs), cancellation)
            .ConfigureAwait(false);
        return said.Reply;
    }

    /// <summary>A queue that its group does not have yet is none.</summary>
    private QueueInfo? IfReady(QueueInfo? queue) =>
        queue is not null && Directory.StateOf(queue.Id) == QueueState.Ready ? queue : null;

    private async Task<Answer> ChangeAsync(DirectoryCommand command, CancellationToken cancellation)
    {
        var written = new ArrayBufferWriter<byte>();
        DirectoryCommandCodec.Write(written, command);
        // Names and arguments come from clients; the directory reads nothing longer.
        if (written.WrittenCount > DirectoryCommandCodec.MaxBytes)
            return new Answer(Reply.LimitReached, 0);
        var answer = new LaneAnswer();
        _life.LaneTo(GroupId.Directory).Enqueue(
            written.WrittenSpan, static (command, output) => output.Write(command), answer, 0);
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<Reply> ChangeAndAwaitAsync(DirectoryCommand command, CancellationToken cancellation)
    {
        Answer answer = await ChangeAsync(command, cancellation).ConfigureAwait(false);
        return answer.Reply == Reply.Ok
            ? await AwaitTopologyAsync(null, gone: false, cancellation).ConfigureAwait(false)
            : answer.Reply;
    }

    private async Task<Reply> AwaitTopologyAsync(QueueId? queue, bool gone, CancellationToken cancellation)
    {
        object? said = await _life.AskAsync(
            GroupId.Directory, new DirectoryAsk.AwaitTopology(queue, gone), cancellation).ConfigureAwait(false);
        return said is Reply reply ? reply : Reply.TimedOut;
    }

    private async Task<QueueSaid> AskAsync(GroupId group, QueueAsk ask, CancellationToken cancellation) =>
        await _life.AskAsync(group, ask, cancellation).ConfigureAwait(false) as QueueSaid
        ?? new QueueSaid(Reply.TimedOut, 0, default, []);
}
