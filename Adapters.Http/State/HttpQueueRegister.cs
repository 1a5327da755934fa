using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>The queues that a user sees over HTTP: finding, listing, creating and changing them. Queues that
/// are bound to a connection or to a node do not exist here.</summary>
/// <param name="session">The core as the key's user sees it.</param>
/// <param name="key">Whose request it is.</param>
/// <param name="options">Limits.</param>
public sealed class HttpQueueRegister(IHttpSession session, AccessKey key, HttpOptions options)
{
    private const string RewindSeconds = "rewindSeconds";
    private const string DeadLetterPolicyName = "deadLetterPolicy";

    /// <exception cref="HttpProtocolException">Missing (4440), not allowed (4000/10461).</exception>
    public QueueInfo Find(string name, Access access)
    {
        QueueInfo? queue = session.FindQueue(name);
        if (queue is null || !IsVisible(queue))
            throw new HttpProtocolException(HttpError.QueueNotFound);
        Demand(access, queue.Name);
        return queue;
    }

    public HttpAnswer List(HttpAction.ListQueue list)
    {
        // Names are unique ignoring case for the service, so its search ignores it, too.
        List<QueueInfo> matches =
        [
            .. session.ListQueues()
                .Where(IsVisible)
                .Where(queue => queue.Name.Contains(list.SearchWord, StringComparison.OrdinalIgnoreCase)),
        ];
        return new HttpAnswer.QueueList(
            matches.Count,
            [
                .. matches.Skip(list.Offset).Take(list.Limit)
                    .Select(queue => new HttpAnswer.QueueListItem(HttpMapping.QueueId(queue.Id), queue.Name)),
            ]);
    }

    public async ValueTask<HttpAnswer> CreateAsync(
        HttpAction.CreateQueue create, CancellationToken cancellation)
    {
        Demand(Access.Configure, create.QueueName);
        QueueSettings settings = HttpMapping.NewSettings(create.Attributes, options);
        settings = Check(create.QueueName, create.Attributes, settings);

        (Reply reply, QueueInfo? queue) = await session.DeclareQueueAsync(
            new QueueDeclaration(
                create.QueueName,
                Durable: true,
                AutoDelete: false,
                Exclusive: false,
                settings,
                Arguments: default,
                IgnoreCase: true),
            cancellation);
        HttpErrors.ThrowIfFailed(reply);
        Invariant.Check(queue is not null, "A declared queue comes with the answer.");
        return new HttpAnswer.QueueCreated(HttpMapping.QueueId(queue.Id));
    }

    public async ValueTask<HttpAnswer> ChangeAsync(
        HttpAction.SetQueueAttributes set, int maxMessageBytes, CancellationToken cancellation)
    {
        QueueInfo queue = Find(set.QueueName, Access.Configure);
        QueueSettings settings = HttpMapping.Apply(set.Attributes, queue.Settings);
        settings = Check(queue.Name, set.Attributes, settings);
        HttpErrors.ThrowIfFailed(await session.ChangeQueueAsync(queue.Id, settings, cancellation));
        return new HttpAnswer.QueueAttributesChanged(
            HttpMapping.QueueId(queue.Id), HttpMapping.Attributes(settings, maxMessageBytes));
    }

    private static bool IsVisible(QueueInfo queue) => queue is { Durable: true, Owner: null };

    private void Demand(Access access, string name)
    {
        if (!key.User.May(access, key.Namespace, name))
            throw new HttpProtocolException(HttpError.NoPermission);
    }

    /// <summary>The rules between attributes, which may be given in separate requests.</summary>
    /// <returns>The settings with the dead letter queue's name as it is written.</returns>
    private QueueSettings Check(string name, QueueAttributes given, QueueSettings settings)
    {
        if (settings.RewindMs > (settings.RetentionMs ?? long.MaxValue))
            throw new HttpProtocolException(HttpError.OutOfRange(RewindSeconds));
        if (settings.DeadLetterAfterMs >= (settings.RetentionMs ?? long.MaxValue))
            throw new HttpProtocolException(HttpError.OutOfRange("maxTimeToLive"));
        if (given.DeadLetterPolicy is not { } policy)
            return settings;

        QueueInfo target = Find(policy.DeadLetterQueue, Access.Write);
        List<(string Source, string Target)> policies =
        [
            .. session.ListQueues()
                .Select(queue => (queue.Name, HttpMapping.Policy(queue.Settings)?.DeadLetterQueue ?? ""))
                .Where(pair => pair.Item2.Length > 0),
        ];

        // No nesting, in either direction: a dead letter's next stop would be decided by a policy nobody
        // reads.
        bool nested = target.Settings.DeadLetter is not null
            || string.Equals(target.Name, name, StringComparison.OrdinalIgnoreCase)
            || policies.Any(pair => pair.Target == name);
        int sources = policies.Count(pair => pair.Target == target.Name && pair.Source != name);
        if (nested || sources >= options.MaxDeadLetterSources)
            throw new HttpProtocolException(HttpError.OutOfRange(DeadLetterPolicyName));
        return settings with { DeadLetter = settings.DeadLetter! with { RoutingKey = target.Name } };
    }
}
