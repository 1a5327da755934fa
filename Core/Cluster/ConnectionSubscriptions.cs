using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What one connection listens to.</summary>
internal sealed class ConnectionSubscriptions(NodeLife life, Subscriber subscriber) : ISubscriptions
{
    private SubscriptionDesk Desk => life.Node.Subscriptions;

    public async ValueTask<Reply> SubscribeAsync(
        TopicId topic, string pattern, SubscriptionOptions options, CancellationToken cancellation)
    {
        if (LevelKey.CountLevels(pattern) > LevelKey.MaxLevels)
            return Reply.BadName;
        if (life.Node.Directory.FindTopic(topic) is not { } info)
            return Reply.TopicNotFound;
        // It routes by the names of queues: who publishes there must learn that a queue is missing.
        if (info.Kind == TopicKind.Default)
            return Reply.NotAllowed;
        var filter = new FilterKey(topic, pattern, options.ShareGroup);
        (Reply reply, bool isNew, Task done) =
            Desk.Subscribe(life.Life, subscriber, filter, options.TransientOnly);
        if (reply != Reply.Ok || done.IsCompleted)
            return reply;
        bool isKnown = false;
        try
        {
            await done.WaitAsync(life.Timeout, life.Node.Time, cancellation).ConfigureAwait(false);
            isKnown = true;
            return Reply.Ok;
        }
        catch (TimeoutException)
        {
            return Reply.TimedOut;
        }
        finally
        {
            // Who was told that it failed does not want to hear, and will not unsubscribe.
            if (!isKnown && isNew)
                Desk.Unsubscribe(subscriber, filter);
        }
    }

    public ValueTask UnsubscribeAsync(TopicId topic, string pattern, string? shareGroup)
    {
        Desk.Unsubscribe(subscriber, new FilterKey(topic, pattern, shareGroup));
        return ValueTask.CompletedTask;
    }

    /// <summary>The connection ended.</summary>
    public void End() => Desk.End(life.Life, subscriber);
}
