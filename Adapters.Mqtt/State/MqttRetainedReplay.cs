using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Retained messages for new subscriptions, one subscription after the other. A message is taken when there is
/// room for it, and meanwhile the client is read: its acknowledgements make the room.</summary>
internal sealed class MqttRetainedReplay(MqttLink link, MqttOutbound outbound, IMqttTasks tasks)
{
    // Most connections have nothing to replay.
    private Queue<string>? _filters;
    private bool _isRunning;

    /// <summary>Begins, or goes on when those before are through. A filter that waits already waits once.</summary>
    public void Add(MqttSubscription subscription)
    {
        _filters ??= [];
        if (!_filters.Contains(subscription.Text))
            _filters.Enqueue(subscription.Text);
        if (_isRunning)
            return;
        _isRunning = true;
        tasks.Run(RunAsync());
    }

    private async Task RunAsync()
    {
        try
        {
            while (_filters is not null && _filters.TryDequeue(out string? text))
            {
                if (Find(text) is { } subscription)
                    await ReplayAsync(subscription);
            }
        }
        finally
        {
            _filters = null;
            _isRunning = false;
        }
    }

    private async ValueTask ReplayAsync(MqttSubscription subscription)
    {
        (Reply reply, IReadOnlyList<StoredMessage> messages) = await link.Ask(link.LastValues.ReadAsync(
            link.Topic.Id, subscription.Pattern, link.Options.MaxRetainedPerFilter, link.Stopping));
        reply.ThrowIfFailed("retained messages");
        foreach (StoredMessage message in messages)
        {
            MqttIncoming incoming = MqttIncoming.From(message);
            bool isOwn = subscription.NoLocal && incoming.IsFrom(link.ClientIdBytes.Span);
            if (incoming.Topic.Length == 0 || isOwn || !MqttTopics.Matches(subscription.Filter, incoming.Topic))
                continue;
            await RoomAsync(incoming, subscription);
            // Meanwhile it may have been changed, or taken away: nothing comes after UNSUBACK.
            if (Find(subscription.Text) is not { } current)
                return;
            subscription = current;
            if (IsForQueue(incoming, subscription) && link.Queue is { } queue)
            {
                link.Broker.Publish(MqttPublications.OfRetained(link.DefaultTopic, queue.Name, incoming,
                    link.Node.Broker, MqttIncoming.SecondsLeft(message, tasks.NowMs)), tag: 0);
            }
            else
            {
                outbound.Retained(incoming, subscription);
            }
        }
    }

    private bool IsForQueue(in MqttIncoming incoming, MqttSubscription subscription) =>
        link.NeedsQueue(subscription) && incoming.QoS != MqttQoS.AtMostOnce;

    private async ValueTask RoomAsync(MqttIncoming incoming, MqttSubscription subscription)
    {
        if (IsForQueue(incoming, subscription))
        {
            await link.Ask(link.Broker.WaitForRoomAsync(link.Stopping));
            return;
        }
        while (!outbound.HasRoomForRetained(incoming, subscription))
            await link.Ask(new ValueTask(outbound.DrainedAsync().WaitAsync(link.Stopping)));
    }

    private MqttSubscription? Find(string text) =>
        link.Subscriptions.TryFind(text, out MqttSubscription? found) ? found : null;
}
