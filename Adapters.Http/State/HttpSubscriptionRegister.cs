using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>
/// Subscriptions of queues to topics (spec section 4.4). One is the bindings that carry its attributes as their
/// arguments: one for each tag or binding key, or one for everything. While it is changed there are two sets, and the
/// later one counts; what a change that was cut off leaves behind goes with the next change.
/// </summary>
/// <param name="session">The core as the key's user sees it.</param>
/// <param name="key">Whose request it is.</param>
/// <param name="topics">The topics.</param>
/// <param name="queues">The queues.</param>
/// <param name="options">Limits.</param>
/// <param name="nowMs">When the request was read, Unix ms.</param>
public sealed class HttpSubscriptionRegister(
    IHttpSession session,
    AccessKey key,
    HttpTopicRegister topics,
    HttpQueueRegister queues,
    HttpOptions options,
    long nowMs)
{
    private const string Everything = "#";

    public async ValueTask<HttpAnswer> SubscribeAsync(HttpAction.Subscribe wish, CancellationToken cancellation)
    {
        TopicInfo topic = topics.Find(wish.TopicName, Access.Read);
        QueueInfo queue = queues.Find(wish.Endpoint, Access.Write);
        ILookup<string, Held> present = All(topic);
        if (present.Contains(wish.SubscriptionName))
            throw new HttpProtocolException(HttpError.SubscriptionExists);
        if (present.Count >= options.MaxSubscriptions)
            throw new HttpProtocolException(HttpError.TooManySubscriptions);

        bool byKey = topics.Attributes(topic).Filter == TopicFilter.BindingKeys;
        if (byKey && wish.BindingKeys.Count == 0)
            throw new HttpProtocolException(HttpError.NoBindingKey);
        // What the topic does not filter by is not asked for, and SDKs send both.
        var subscription = new Subscription(
            wish.SubscriptionName,
            queue.Name,
            wish.NotifyStrategy,
            byKey ? [] : wish.FilterTags,
            byKey ? wish.BindingKeys : [],
            nowMs,
            nowMs);
        foreach (BindingInfo binding in Bindings(topic, queue.Id, subscription))
            ThrowIfFailed(await session.BindAsync(binding, cancellation));
        return new HttpAnswer.Subscribed(HttpMapping.SubscriptionId(topic.Id, wish.SubscriptionName));
    }

    public async ValueTask<HttpAnswer> UnsubscribeAsync(
        HttpAction.Unsubscribe wish, CancellationToken cancellation)
    {
        TopicInfo topic = topics.Find(wish.TopicName, Access.Read);
        List<Held> held = Find(topic, wish.SubscriptionName, Access.Write);
        await UnbindAsync(held.Select(one => one.Binding), cancellation);
        return new HttpAnswer.Done();
    }

    public HttpAnswer List(HttpAction.ListSubscriptionByTopic list)
    {
        TopicInfo topic = topics.Find(list.TopicName, Access.Read);
        List<Subscription> matches =
        [
            .. All(topic)
                .Where(held => held.Key.Contains(list.Page.SearchWord, StringComparison.OrdinalIgnoreCase))
                .OrderBy(held => held.Key, StringComparer.Ordinal)
                .Select(Latest),
        ];
        return new HttpAnswer.SubscriptionList(
            matches.Count,
            [
                .. matches.Skip(list.Page.Offset).Take(list.Page.Limit).Select(one =>
                    new HttpAnswer.SubscriptionListItem(
                        HttpMapping.SubscriptionId(topic.Id, one.Name), one.Name, one.Endpoint)),
            ]);
    }

    public HttpAnswer Show(HttpAction.GetSubscriptionAttributes get)
    {
        TopicInfo topic = topics.Find(get.TopicName, Access.Read);
        return new HttpAnswer.SubscriptionAttributesShown(
            key.User.UserName, Latest(Find(topic, get.SubscriptionName, access: null)));
    }

    public ValueTask<HttpAnswer> ChangeAsync(
        HttpAction.SetSubscriptionAttributes set, CancellationToken cancellation) =>
        ChangeAsync(set.TopicName, set.SubscriptionName, (before, byKey) => before with
        {
            NotifyStrategy = set.NotifyStrategy ?? before.NotifyStrategy,
            FilterTags = byKey ? [] : set.FilterTags ?? before.FilterTags,
            BindingKeys = byKey ? set.BindingKeys ?? before.BindingKeys : [],
        }, cancellation);

    public ValueTask<HttpAnswer> ClearTagsAsync(
        HttpAction.ClearSubscriptionFilterTags clear, CancellationToken cancellation) =>
        ChangeAsync(
            clear.TopicName, clear.SubscriptionName, (before, _) => before with { FilterTags = [] }, cancellation);

    private async ValueTask<HttpAnswer> ChangeAsync(
        string topicName,
        string name,
        Func<Subscription, bool, Subscription> change,
        CancellationToken cancellation)
    {
        TopicInfo topic = topics.Find(topicName, Access.Read);
        List<Held> held = Find(topic, name, Access.Write);
        Subscription before = Latest(held);
        QueueId queue = held.First(one => one.Subscription == before).Binding.TargetQueue!.Value;
        bool byKey = topics.Attributes(topic).Filter == TopicFilter.BindingKeys;
        Subscription after = change(before, byKey) with { ChangedMs = Math.Max(nowMs, before.ChangedMs + 1) };

        // The new ones first: in between a message may come by either, but it comes, and once.
        foreach (BindingInfo binding in Bindings(topic, queue, after))
            ThrowIfFailed(await session.BindAsync(binding, cancellation));
        await UnbindAsync(held.Select(one => one.Binding), cancellation);
        return new HttpAnswer.Done();
    }

    private async ValueTask UnbindAsync(IEnumerable<BindingInfo> bindings, CancellationToken cancellation)
    {
        foreach (BindingInfo binding in bindings)
            ThrowIfFailed(await session.UnbindAsync(binding, cancellation));
    }

    private List<Held> Find(TopicInfo topic, string name, Access? access)
    {
        List<Held> held = [.. All(topic)[name]];
        if (held.Count == 0)
            throw new HttpProtocolException(HttpError.SubscriptionNotFound);
        // Whose queue it is decides, as when it was subscribed.
        if (access is { } wanted && !key.User.May(wanted, key.Namespace, Latest(held).Endpoint))
            throw new HttpProtocolException(HttpError.NoPermission);
        return held;
    }

    /// <summary>By the subscriptions' names. Bindings of other protocols are none.</summary>
    private ILookup<string, Held> All(TopicInfo topic)
    {
        List<Held> all = [];
        foreach (BindingInfo binding in session.ListBindings(topic.Id))
        {
            if (binding.TargetQueue is not null
                && TopicBlock.TryRead(binding.Arguments.Span, out Subscription? subscription))
                all.Add(new Held(binding, subscription));
        }

        return all.ToLookup(held => held.Subscription.Name, StringComparer.Ordinal);
    }

    private static Subscription Latest(IEnumerable<Held> held) =>
        held.MaxBy(one => one.Subscription.ChangedMs)!.Subscription;

    private static IEnumerable<BindingInfo> Bindings(TopicInfo topic, QueueId queue, Subscription subscription)
    {
        byte[] arguments = TopicBlock.Write(subscription);
        IReadOnlyList<string> keys = (subscription.FilterTags.Count, subscription.BindingKeys.Count) switch
        {
            (> 0, _) => subscription.FilterTags,
            (_, > 0) => subscription.BindingKeys,
            _ => [Everything],
        };
        return keys.Distinct(StringComparer.Ordinal).Select(
            one => new BindingInfo(topic.Id, queue, null, one, null, arguments));
    }

    private static void ThrowIfFailed(Reply reply)
    {
        if (reply == Reply.LimitReached)
            throw new HttpProtocolException(HttpError.TooManySubscriptions);
        HttpErrors.ThrowIfFailed(reply);
    }

    /// <summary>One binding of a subscription.</summary>
    private sealed record Held(BindingInfo Binding, Subscription Subscription);
}
