using System.Text;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>SUBSCRIBE and UNSUBSCRIBE, and taking up a session's subscriptions (MQTT 5.0 §3.8, §3.10).</summary>
internal sealed class MqttSubscribing(
    MqttLink link, MqttOutbound outbound, MqttRetainedReplay replay, IMqttTasks tasks)
{
    private const string Administrator = "administrator";
    private const string Monitoring = "monitoring";

    /// <summary>Of a shared subscription's name.</summary>
    private const int MaxGroupBytes = 255;

    /// <summary>Filters of one SUBSCRIBE: all of them are under way at once.</summary>
    private const int MaxFilters = 1_024;

    private readonly MqttQueues _queues = new(link);
    private int _lastConsumer = MqttConsumer.Own;
    private Task<Reply>? _opening;
    private TaskCompletionSource? _resuming;

    /// <summary>The session has nothing of an earlier connection: what is left of its queue goes; else its filters
    /// and its queue are taken up.</summary>
    public async ValueTask ResumeAsync()
    {
        if (!link.Session.IsPresent)
        {
            await _queues.DeleteOwnAsync();
            return;
        }
        (List<MqttSubscription> restored, List<MqttSubscription> refused) = Restore();
        QueueInfo? queue = _queues.FindOwn();
        bool isSameQueue = queue is not null;
        await outbound.TakeUpAsync(link.Session.Released, queue);
        foreach (MqttSubscription subscription in restored)
            link.Subscriptions.Put(subscription);
        link.Node.Figures.Subscribed(restored.Count);

        if (isSameQueue || restored.Exists(link.NeedsQueue))
            (await OpenOwnAsync()).ThrowIfFailed("queue of a session");
        foreach (MqttSubscription subscription in refused)
            await DropAsync(subscription);
        // All at once: every one of them waits for the nodes, for seconds where one has just died. The client does not:
        // what is stored for it comes by its queue, which all nodes know; the rest may be missed in any case.
        var under = new List<Task<Reply>>(restored.Count);
        foreach (MqttSubscription subscription in restored)
        {
            // Bindings outlive the connection with their queue.
            bool isBound = isSameQueue && subscription.Shared is null;
            under.Add(EstablishAsync(subscription, isBound).AsTask());
        }
        if (under.Exists(task => !task.IsCompletedSuccessfully))
            tasks.Run(CheckAsync(under, _resuming = new TaskCompletionSource()));
        else
            under.ForEach(task => task.Result.ThrowIfFailed("subscription of a session"));
    }

    private async Task CheckAsync(List<Task<Reply>> under, TaskCompletionSource done)
    {
        try
        {
            foreach (Task<Reply> each in under)
                (await link.Ask(new ValueTask<Reply>(each))).ThrowIfFailed("subscription of a session");
        }
        finally
        {
            _resuming = null;
            done.SetResult();
        }
    }

    /// <summary>What is still being taken up must not undo what the client changes now.</summary>
    private async ValueTask EndResumingAsync()
    {
        if (_resuming is { } resuming)
            await link.Ask(new ValueTask(resuming.Task));
    }

    public async ValueTask SubscribeAsync(MqttSubscribe packet, long nowMs)
    {
        await EndResumingAsync();
        int? identifier = packet.Properties.SubscriptionIdentifier;
        var reasons = new MqttReason[packet.Filters.Count];
        var wanted = new List<(int Index, MqttSubscription Subscription, MqttRetainHandling Retain, bool IsNew)>();
        var under = new List<Task<MqttReason>>();
        for (int i = 0; i < reasons.Length; i++)
        {
            MqttFilter filter = packet.Filters[i];
            MqttSharedFilter? shared = null;
            reasons[i] = i < MaxFilters ? Check(filter, out shared) : MqttReason.QuotaExceeded;
            if (reasons[i] >= MqttReason.Unspecified)
                continue;
            var subscription = MqttSubscription.From(filter, shared, identifier);
            bool isNew = !link.Subscriptions.TryFind(filter.Text, out MqttSubscription? before);
            wanted.Add((i, subscription, filter.RetainHandling, isNew));
            under.Add(AddAsync(subscription, before).AsTask());
        }
        for (int i = 0; i < under.Count; i++)
            reasons[wanted[i].Index] = await link.Ask(new ValueTask<MqttReason>(under[i]));

        link.Writer.Packet(new MqttSubAck(packet.PacketId, reasons, MqttProperties.None));
        foreach ((int index, MqttSubscription subscription, MqttRetainHandling retain, bool isNew) in wanted)
        {
            bool wants = retain == MqttRetainHandling.Send || (retain == MqttRetainHandling.SendIfNew && isNew);
            if (wants && subscription.Shared is null && reasons[index] < MqttReason.Unspecified)
                SendRetained(subscription, nowMs);
        }
    }

    public async ValueTask UnsubscribeAsync(MqttUnsubscribe packet)
    {
        await EndResumingAsync();
        var reasons = new MqttReason[packet.Filters.Count];
        for (int i = 0; i < reasons.Length; i++)
        {
            reasons[i] = link.Subscriptions.TryFind(packet.Filters[i], out MqttSubscription? subscription)
                ? await RemoveAsync(subscription)
                : MqttReason.NoSubscriptionExisted;
        }
        link.Writer.Packet(new MqttUnsubAck(packet.PacketId, reasons, MqttProperties.None));
    }

    /// <summary>Figures of the node for who asked for them.</summary>
    public void SendFigures(long nowMs)
    {
        List<MqttSubscription> asking = [.. link.Subscriptions.All.Where(item => item.IsSys)];
        if (asking.Count > 0)
            SendFigures(asking, nowMs, retain: false);
    }

    public ValueTask ChangeExpiryAsync() => _queues.ChangeExpiryAsync();

    public ValueTask DeleteQueueAsync() => _queues.DeleteOwnAsync();

    /// <summary>What the session's record says, asked again what its user may: permissions change.</summary>
    private (List<MqttSubscription> Restored, List<MqttSubscription> Refused) Restore()
    {
        var restored = new List<MqttSubscription>(link.Session.Subscriptions.Count);
        var refused = new List<MqttSubscription>();
        foreach ((string text, ReadOnlyMemory<byte> record) in link.Session.Subscriptions)
        {
            MqttSubscription subscription = MqttSubscription.FromRecord(text, record.Span);
            (MayRead(text, subscription.Shared) ? restored : refused).Add(subscription);
        }
        return (restored, refused);
    }

    /// <summary>Takes a subscription off the session that its user may have no longer.</summary>
    private async ValueTask DropAsync(MqttSubscription subscription)
    {
        Reply reply = await link.Ask(link.Session.RemoveSubscriptionAsync(subscription.Text, link.Stopping));
        reply.ThrowIfFailed("subscription of a session");
        if (link.NeedsQueue(subscription))
            await UnbindAsync(subscription);
    }

    private MqttReason Check(in MqttFilter filter, out MqttSharedFilter? shared)
    {
        if (!MqttSharedFilter.TryParse(filter.Text, out shared) || (shared is null && !MqttTopics.IsFilter(filter.Text)))
            return MqttReason.TopicFilterInvalid;
        if (shared is not null && Encoding.UTF8.GetByteCount(shared.Group) > MaxGroupBytes)
            return MqttReason.TopicFilterInvalid;
        if (shared is not null && filter.NoLocal)
            throw MqttProtocolException.Broken("no-local on a shared subscription");
        if (link.Subscriptions.Count >= link.Options.MaxSubscriptions
            && !link.Subscriptions.TryFind(filter.Text, out _))
        {
            return MqttReason.QuotaExceeded;
        }
        return MayRead(filter.Text, shared) ? (MqttReason)filter.QoS : MqttReason.NotAuthorized;
    }

    private bool MayRead(string text, MqttSharedFilter? shared)
    {
        string topics = shared?.Filter ?? text;
        bool isSystem = topics.StartsWith("$SYS", StringComparison.Ordinal)
            || topics.StartsWith("$events", StringComparison.Ordinal);
        if (isSystem && !link.User.Tags.Contains(Administrator) && !link.User.Tags.Contains(Monitoring))
            return false;
        if (!link.User.May(Access.Read, link.Namespace, link.Topic.Name))
            return false;
        if (shared is null)
            return true;
        string queue = MqttQueues.NameOf(shared);
        return link.User.May(Access.Configure, link.Namespace, queue)
            && link.User.May(Access.Read, link.Namespace, queue);
    }

    private async ValueTask<MqttReason> AddAsync(MqttSubscription subscription, MqttSubscription? before)
    {
        // What is heard from now on is matched with it; but the one before counts until the new one stands, or what is
        // not in the queue yet would be taken for something that comes from there.
        if (before is null)
            link.Subscriptions.Put(subscription);
        Reply reply = await EstablishAsync(subscription, isBound: false);
        if (reply == Reply.Ok && before is not null)
            link.Subscriptions.Put(subscription);
        if (reply == Reply.Ok && link.IsPersistent)
        {
            reply = await link.Ask(link.Session.PutSubscriptionAsync(
                subscription.Text, subscription.ToRecord(), link.Stopping));
        }
        if (reply != Reply.Ok)
        {
            if (before is null)
                link.Subscriptions.Remove(subscription.Text);
            else
                link.Subscriptions.Put(before);
            if (reply == Reply.Gone)
                reply.ThrowIfFailed("subscription");
            return MqttErrors.From(reply);
        }
        if (before is null)
            link.Node.Figures.Subscribed(1);
        else if (link.NeedsQueue(before) && !link.NeedsQueue(subscription))
            await UnbindAsync(before);
        return (MqttReason)subscription.QoS;
    }

    /// <summary>Makes the core send what a subscription asks for.</summary>
    private async ValueTask<Reply> EstablishAsync(MqttSubscription subscription, bool isBound)
    {
        if (subscription.Shared is { } shared)
            return await EstablishSharedAsync(subscription, shared);
        bool needsQueue = link.NeedsQueue(subscription);
        if (needsQueue && !isBound)
        {
            Reply bound = await OpenOwnAsync();
            if (bound == Reply.Ok)
                bound = await link.Ask(_queues.BindAsync(link.Queue!, subscription.Pattern));
            if (bound != Reply.Ok)
                return bound;
        }
        // Another filter of the same pattern may want everything.
        bool transientOnly = needsQueue && !link.Subscriptions.HasOther(subscription, isLight: true);
        return await link.Ask(link.Soft.SubscribeAsync(link.Topic.Id, subscription.Pattern,
            new SubscriptionOptions(null, transientOnly), link.Stopping));
    }

    private async ValueTask<Reply> EstablishSharedAsync(MqttSubscription subscription, MqttSharedFilter shared)
    {
        (Reply reply, QueueInfo? queue) = await _queues.OpenSharedAsync(shared);
        if (reply != Reply.Ok || queue is null)
            return reply;
        // First, for what waits in it: binding waits for the nodes, and most often it is bound.
        MqttConsumer? attached = null;
        if (!outbound.Consumers.Exists(item => item.Shared == subscription.Text))
        {
            attached = new MqttConsumer(++_lastConsumer, queue.Id, subscription.Text);
            reply = await AttachAsync(attached);
        }
        if (reply == Reply.Ok)
            reply = await link.Ask(_queues.BindAsync(queue, subscription.Pattern));
        if (reply == Reply.Ok)
        {
            reply = await link.Ask(link.Soft.SubscribeAsync(link.Topic.Id, subscription.Pattern,
                new SubscriptionOptions(shared.Group, TransientOnly: true), link.Stopping));
        }
        // What it would get now would match no subscription.
        if (reply != Reply.Ok && attached is not null && outbound.Consumers.Contains(attached))
        {
            await link.Ask(link.Broker.DetachAsync(attached.Number, link.Stopping));
            outbound.Consumers.Remove(attached);
        }
        return reply;
    }

    /// <summary>The session's queue, consumed. Several filters of one SUBSCRIBE ask for it at the same time.</summary>
    private ValueTask<Reply> OpenOwnAsync()
    {
        if (link.Queue is not null && outbound.Consumers.Exists(item => item.Number == MqttConsumer.Own))
            return new(Reply.Ok);
        if (_opening is null || _opening.IsCompleted)
            _opening = OpenAndAttachAsync().AsTask();
        return new(WaitAsync(_opening));

        async Task<Reply> WaitAsync(Task<Reply> opening) => await link.Ask(new ValueTask<Reply>(opening));
    }

    private async ValueTask<Reply> OpenAndAttachAsync()
    {
        if (!link.User.May(Access.Configure, link.Namespace, MqttQueues.NameOf(link.ClientId)))
            return Reply.AccessDenied;
        (Reply reply, QueueInfo? queue) = await _queues.OpenOwnAsync();
        return reply == Reply.Ok && queue is not null
            ? await AttachAsync(new MqttConsumer(MqttConsumer.Own, queue.Id, null))
            : reply;
    }

    private async ValueTask<Reply> AttachAsync(MqttConsumer consumer)
    {
        // Deliveries may come before the answer does.
        outbound.Consumers.Add(consumer);
        Reply reply = await link.Ask(link.Broker.AttachAsync(consumer.Queue, consumer.Number,
            new ConsumerOptions(Priority: 0, Exclusive: false, AutoSettle: false, outbound.Window)
            {
                Epoch = consumer.Number == MqttConsumer.Own ? link.Session.Epoch : 0,
            },
            link.Stopping));
        if (reply != Reply.Ok)
            outbound.Consumers.Remove(consumer);
        return reply;
    }

    private async ValueTask<MqttReason> RemoveAsync(MqttSubscription subscription)
    {
        if (link.IsPersistent)
        {
            Reply reply = await link.Ask(link.Session.RemoveSubscriptionAsync(subscription.Text, link.Stopping));
            if (reply == Reply.Gone)
                reply.ThrowIfFailed("end of a subscription");
            if (reply != Reply.Ok)
                return MqttErrors.From(reply);
        }
        link.Subscriptions.Remove(subscription.Text);
        link.Node.Figures.Subscribed(-1);
        if (subscription.Shared is { } shared)
        {
            await link.Ask(link.Soft.UnsubscribeAsync(link.Topic.Id, subscription.Pattern, shared.Group));
            if (outbound.Consumers.Find(item => item.Shared == subscription.Text) is { } consumer)
            {
                await link.Ask(link.Broker.DetachAsync(consumer.Number, link.Stopping));
                outbound.Consumers.Remove(consumer);
            }
            return MqttReason.Success;
        }
        if (!link.Subscriptions.HasOther(subscription))
            await link.Ask(link.Soft.UnsubscribeAsync(link.Topic.Id, subscription.Pattern, null));
        if (link.NeedsQueue(subscription))
            await UnbindAsync(subscription);
        return MqttReason.Success;
    }

    private async ValueTask UnbindAsync(MqttSubscription subscription)
    {
        if (link.Queue is not { } queue || link.Subscriptions.HasOther(subscription, isLight: false))
            return;
        (await link.Ask(_queues.UnbindAsync(queue, subscription.Pattern))).ThrowIfFailed("end of a subscription");
    }

    private void SendRetained(MqttSubscription subscription, long nowMs)
    {
        if (subscription.IsSys)
            SendFigures([subscription], nowMs, retain: true);
        replay.Add(subscription);
    }

    private void SendFigures(IReadOnlyList<MqttSubscription> asking, long nowMs, bool retain)
    {
        foreach ((string topic, string text) in link.Node.Figures.Read(nowMs))
        {
            foreach (MqttSubscription subscription in asking)
            {
                if (!MqttTopics.Matches(subscription.Filter, topic))
                    continue;
                outbound.Figure(topic, text, retain, subscription);
                break;
            }
        }
    }
}
