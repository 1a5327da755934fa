using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Namespaces, topics and bindings.</summary>
public sealed partial class DirectoryMachine
{
    private Answer PutNamespace(in CommandMeta meta, string name)
    {
        if (_state.NamespaceNames.TryGetValue(name, out NamespaceId present))
            return new Answer(Reply.AlreadyExists, present.Value);
        if (!EntityName.IsGood(name))
            return Refused(Reply.BadName);
        if (_state.Namespaces.Count >= _state.Limits.MaxNamespaces)
            return Refused(Reply.LimitReached);

        var info = new NamespaceInfo(new NamespaceId(NextId()), name, meta.TimestampMs);
        _state = _state.WithNamespace(info);
        foreach (TopicDeclaration topic in SystemTopics.All)
            AddTopic(info.Id, topic, system: true);
        return new Answer(Reply.Ok, info.Id.Value);
    }

    private Answer DeleteNamespace(NamespaceId ns, IGroupContext context)
    {
        if (_state.Namespaces.Find(ns.Value) is not { } entry)
            return Answer.Ok;
        foreach (QueueRecord queue in entry.Queues.ToList().OrderBy(queue => queue.Info.Id.Value))
            RemoveQueue(queue, context);
        foreach (TopicInfo topic in entry.Topics.ToList().OrderBy(topic => topic.Id.Value))
        {
            RemovePartitions(_state.Topics.Find(topic.Id.Value), context);
            _state = _state.WithoutTopic(topic.Id);
        }

        foreach (UserRecord user in _state.Users.Values.Where(user => user.Permissions.ContainsKey(ns.Value)))
            ClearPermissions(new(user.Name, ns));
        foreach (AccessKeyRecord key in _state.AccessKeys.Values.Where(key => key.Namespace == ns))
            DeleteAccessKey(key.SecretId);
        _state = _state with
        {
            Namespaces = _state.Namespaces.Without(ns.Value),
            NamespaceNames = _state.NamespaceNames.Remove(entry.Info.Name),
        };
        return Answer.Ok;
    }

    private Answer DeclareTopic(DirectoryCommand.DeclareTopic command)
    {
        TopicDeclaration topic = command.Topic;
        if (_state.Namespaces.Find(command.Namespace.Value) is not { } ns)
            return Refused(Reply.NamespaceNotFound);
        if (ns.Topics.Find(topic.Name) is { } present)
            return new Answer(Reply.AlreadyExists, present.Id.Value);
        if (!EntityName.IsGood(topic.Name))
            return Refused(Reply.BadName);
        if (topic.Kind == TopicKind.Default)
            return Refused(Reply.NotAllowed);
        if (ns.Topics.Count >= _state.Limits.MaxTopics || topic.Arguments.Length > _state.Limits.MaxArgumentBytes)
            return Refused(Reply.LimitReached);
        return new Answer(Reply.Ok, AddTopic(command.Namespace, topic, system: false));
    }

    private long AddTopic(NamespaceId ns, TopicDeclaration topic, bool system)
    {
        var id = new TopicId(NextId());
        _state = _state.WithTopic(new TopicInfo(
            id, ns, topic.Name, topic.Kind, topic.Durable, topic.AutoDelete, topic.Internal, system, topic.Arguments));
        return id.Value;
    }

    private Answer ChangeTopic(DirectoryCommand.ChangeTopic command)
    {
        if (_state.Topics.Find(command.Topic.Value) is not { } topic)
            return Refused(Reply.TopicNotFound);
        if (topic.Info.System)
            return Refused(Reply.NotAllowed);
        if (command.Arguments.Length > _state.Limits.MaxArgumentBytes)
            return Refused(Reply.LimitReached);
        _state = _state.WithChanged(topic, topic.Info with { Arguments = command.Arguments });
        return Answer.Ok;
    }

    private Answer DeleteTopic(DirectoryCommand.DeleteTopic command, IGroupContext context)
    {
        if (_state.Topics.Find(command.Topic.Value) is not { } topic)
            return Answer.Ok;
        if (topic.Info.System)
            return Refused(Reply.NotAllowed);
        if (command.IfUnused && topic.BindingCount > 0)
            return Refused(Reply.InUse);
        RemovePartitions(topic, context);
        _state = _state.WithoutTopic(command.Topic);
        return Answer.Ok;
    }

    private Answer Bind(BindingInfo info)
    {
        if (_state.Topics.Find(info.Source.Value) is not { } source)
            return Refused(Reply.TopicNotFound);
        NamespaceId targetNamespace;
        if (info.TargetTopic is { } targetTopic)
        {
            if (_state.Topics.Find(targetTopic.Value) is not { } target)
                return Refused(Reply.TopicNotFound);
            if (target.Info.Kind == TopicKind.Default)
                return Refused(Reply.NotAllowed);
            targetNamespace = target.Info.Namespace;
        }
        else
        {
            if (_state.Queues.Find(info.TargetQueue!.Value.Value) is not
                { State: not QueueState.Gone, Partition: null } queue)
            {
                return Refused(Reply.QueueNotFound);
            }

            targetNamespace = queue.Info.Namespace;
        }
        if (source.Info.Kind == TopicKind.Default || source.Info.Namespace != targetNamespace)
            return Refused(Reply.NotAllowed);
        if (!EntityName.Fits(info.Key))
            return Refused(Reply.BadName);

        // A rule on headers means nothing to other topics; without it they need not look at it.
        var binding = new Binding(source.Info.Kind == TopicKind.Headers ? info : info with { Match = null });
        if (source.Find(binding) is not null)
            return Answer.Ok;
        if (_state.BindingCount >= _state.Limits.MaxBindings
            || info.Arguments.Length > _state.Limits.MaxArgumentBytes
            || CharsOf(binding.Match) > _state.Limits.MaxArgumentBytes)
            return Refused(Reply.LimitReached);
        _state = _state.WithBinding(binding);
        return Answer.Ok;
    }

    private static int CharsOf(HeaderMatch? match)
    {
        int chars = 0;
        foreach ((string name, HeaderValue value) in match?.Conditions ?? [])
            chars += name.Length + value.Text.Length;
        return chars;
    }

    private Answer Unbind(BindingInfo info)
    {
        if (_state.Topics.Find(info.Source.Value)?.Find(new Binding(info)) is { } present)
            _state = _state.WithoutBinding(present);
        return Answer.Ok;
    }
}
