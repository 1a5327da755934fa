using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>The topics that a user sees over HTTP (spec section 4.3): durable ones that match by pattern, so also
/// those that another protocol made. A tag is a routing key.</summary>
/// <param name="session">The core as the key's user sees it.</param>
/// <param name="key">Whose request it is.</param>
/// <param name="maxMessageBytes">Largest message, and sum of a batch, bytes.</param>
/// <param name="nowMs">When the request was read, Unix ms.</param>
public sealed class HttpTopicRegister(IHttpSession session, AccessKey key, int maxMessageBytes, long nowMs)
{
    private const int DefaultMessageBytes = 65_536;

    /// <exception cref="HttpProtocolException">Missing (4440), not allowed (4000/10461).</exception>
    public TopicInfo Find(string name, Access access)
    {
        TopicInfo? topic = session.FindTopic(name);
        if (topic is null || !IsVisible(topic))
            throw new HttpProtocolException(HttpError.TopicNotFound);
        Demand(access, name);
        return topic;
    }

    /// <summary>Of a topic that another protocol made: it filters as AMQP does, and when it was made is not
    /// known.</summary>
    public TopicAttributes Attributes(TopicInfo topic) =>
        TopicBlock.TryRead(topic.Arguments.Span, out TopicAttributes? attributes)
            ? attributes
            : new TopicAttributes(maxMessageBytes, TopicFilter.BindingKeys, 0, 0);

    public HttpAnswer Show(HttpAction.GetTopicAttributes get) =>
        new HttpAnswer.TopicAttributesShown(Attributes(Find(get.TopicName, Access.Read)));

    public HttpAnswer List(HttpAction.ListTopic list)
    {
        List<TopicInfo> matches =
        [
            .. session.ListTopics()
                .Where(IsVisible)
                .Where(topic => topic.Name.Contains(list.Page.SearchWord, StringComparison.OrdinalIgnoreCase)),
        ];
        return new HttpAnswer.TopicList(
            matches.Count,
            [
                .. matches.Skip(list.Page.Offset).Take(list.Page.Limit)
                    .Select(topic => new HttpAnswer.TopicListItem(HttpMapping.TopicId(topic.Id), topic.Name)),
            ]);
    }

    public async ValueTask<HttpAnswer> CreateAsync(HttpAction.CreateTopic create, CancellationToken cancellation)
    {
        Demand(Access.Configure, create.TopicName);
        var attributes = new TopicAttributes(
            create.MaxMsgSize ?? Math.Min(DefaultMessageBytes, maxMessageBytes), create.FilterType, nowMs, nowMs);
        (Reply reply, TopicInfo? topic) = await session.DeclareTopicAsync(
            new TopicDeclaration(
                create.TopicName,
                TopicKind.Pattern,
                Durable: true,
                AutoDelete: false,
                Internal: false,
                TopicBlock.Write(attributes)),
            cancellation);
        ThrowIfFailed(reply);
        Invariant.Check(topic is not null, "A declared topic comes with the answer.");
        return new HttpAnswer.TopicCreated(HttpMapping.TopicId(topic.Id));
    }

    public async ValueTask<HttpAnswer> ChangeAsync(
        HttpAction.SetTopicAttributes set, CancellationToken cancellation)
    {
        TopicInfo topic = Find(set.TopicName, Access.Configure);
        TopicAttributes attributes = Attributes(topic);
        attributes = attributes with { MaxMsgSize = set.MaxMsgSize ?? attributes.MaxMsgSize, ChangedMs = nowMs };
        ThrowIfFailed(await session.ChangeTopicAsync(topic.Id, TopicBlock.Write(attributes), cancellation));
        return new HttpAnswer.Done();
    }

    public async ValueTask<HttpAnswer> DeleteAsync(HttpAction.DeleteTopic delete, CancellationToken cancellation)
    {
        TopicInfo topic = Find(delete.TopicName, Access.Configure);
        ThrowIfFailed(await session.DeleteTopicAsync(topic.Id, cancellation));
        return new HttpAnswer.Done();
    }

    /// <returns>The messages' ids in the order of the bodies: their numbers in a queue that got them.</returns>
    /// <exception cref="HttpProtocolException">Nobody gets it (6030); too large (4400, 4470); a queue refuses
    /// it.</exception>
    public async ValueTask<IReadOnlyList<string>> PublishAsync(
        string topicName,
        IReadOnlyList<ReadOnlyMemory<byte>> bodies,
        IReadOnlyList<string> tags,
        string? routingKey,
        CancellationToken cancellation)
    {
        TopicInfo topic = Find(topicName, Access.Write);
        TopicAttributes attributes = Attributes(topic);
        bool byKey = attributes.Filter == TopicFilter.BindingKeys;
        if (byKey && routingKey is null)
            throw new HttpProtocolException(HttpError.NoRoutingKey);
        if (bodies.Any(body => body.Length > Math.Min(attributes.MaxMsgSize, maxMessageBytes)))
            throw new HttpProtocolException(HttpError.MessageTooLarge);
        if (bodies.Sum(body => (long)body.Length) > maxMessageBytes)
            throw new HttpProtocolException(HttpError.BatchTooLarge);

        byte[] properties = HttpPropertyBlock.Write(new HttpProperties(nowMs, tags));
        List<Publication> publications = [.. bodies.Select(body => new Publication
        {
            Topic = topic,
            RoutingKey = byKey ? routingKey! : tags.Count > 0 ? tags[0] : "",
            // They are in the properties already.
            HiddenKeys = byKey || tags.Count < 2 ? null : [.. tags.Skip(1)],
            Format = PropertyFormat.Http,
            Properties = properties,
            Body = new(body),
            Persistent = true,
        })];
        IReadOnlyList<PublishOutcome> outcomes = await session.PublishAsync(publications, cancellation);
        foreach (PublishOutcome outcome in outcomes)
            ThrowIfFailed(outcome.Reply, topic.Id);
        return [.. outcomes.Select(outcome => HttpMapping.MsgId(outcome.Sequence))];
    }

    private static bool IsVisible(TopicInfo topic) =>
        topic is { Kind: TopicKind.Pattern, Durable: true, Internal: false, System: false };

    private void Demand(Access access, string name)
    {
        if (!key.User.May(access, key.Namespace, name))
            throw new HttpProtocolException(HttpError.NoPermission);
    }

    private void ThrowIfFailed(Reply publish, TopicId topic)
    {
        // No queue was there to take it.
        if (publish is Reply.QueueNotFound or Reply.Gone)
        {
            throw new HttpProtocolException(
                session.ListBindings(topic).Count == 0 ? HttpError.NoSubscription : HttpError.NothingMatches);
        }

        HttpErrors.ThrowIfFailed(publish);
    }

    private static void ThrowIfFailed(Reply reply)
    {
        switch (reply)
        {
            case Reply.AlreadyExists:
                throw new HttpProtocolException(HttpError.TopicExists);
            case Reply.LimitReached:
                throw new HttpProtocolException(HttpError.TooManyTopics);
            case Reply.BadName:
                throw new HttpProtocolException(HttpError.BadTopicName);
            case Reply.InUse:
                throw new HttpProtocolException(HttpError.HasSubscriptions);
            default:
                HttpErrors.ThrowIfFailed(reply);
                break;
        }
    }
}
