using System.Security.Cryptography;
using System.Text;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>The queues behind sessions and shared subscriptions: their names, settings and bindings.</summary>
internal sealed class MqttQueues(MqttLink link)
{
    /// <summary>A queue lives longer than its session by this: the session's end is counted elsewhere.</summary>
    private const long GraceMs = 60_000;

    /// <summary>A shared subscription whose members all have sessions that end with their connections.</summary>
    private const long TransientSharedMs = 10_000;

    private const int MaxNameBytes = 255;

    /// <summary>Name of a session's queue, as RabbitMQ's; a client id that is too long is replaced by its hash.
    /// </summary>
    public static string NameOf(string clientId) => Fitted("mqtt-subscription-", clientId, "qos1");

    /// <summary>Name of a shared subscription's queue.</summary>
    public static string NameOf(MqttSharedFilter shared) =>
        Fitted("mqtt-shared-", $"{shared.Group}/{shared.Filter}", "");

    /// <summary>The session's queue; made when it is not there.</summary>
    public async ValueTask<(Reply Reply, QueueInfo? Queue)> OpenOwnAsync()
    {
        if (link.Queue is { } present)
            return (Reply.Ok, present);
        long? idle = link.ExpiryMs is { } expiry ? expiry + GraceMs : null;
        (Reply reply, QueueInfo? queue) = await OpenAsync(NameOf(link.ClientId), idle, keepLonger: false);
        link.Queue = queue;
        return (reply, queue);
    }

    /// <summary>A shared subscription's queue; it lives as long as the longest session of its members asks.</summary>
    public ValueTask<(Reply Reply, QueueInfo? Queue)> OpenSharedAsync(MqttSharedFilter shared)
    {
        long most = link.Options.SharedExpirySeconds * 1000L;
        long idle = !link.IsPersistent
            ? TransientSharedMs
            : Math.Min(most, link.ExpiryMs is { } expiry ? expiry + GraceMs : most);
        return OpenAsync(NameOf(shared), idle, keepLonger: true);
    }

    /// <summary>The session's queue if it is there, and not somebody else's of that name.</summary>
    public QueueInfo? FindOwn() =>
        link.Broker.FindQueue(NameOf(link.ClientId)) is { Settings.PersistentOnly: true } queue ? queue : null;

    /// <summary>What an earlier session of this name left.</summary>
    public async ValueTask DeleteOwnAsync()
    {
        if (FindOwn() is not { } queue)
            return;
        (Reply reply, _) = await link.Ask(
            link.Broker.DeleteQueueAsync(queue.Id, ifUnused: false, ifEmpty: false, link.Stopping));
        reply.ThrowIfFailed("queue of an ended session");
        link.Queue = null;
    }

    /// <summary>The session's end has changed.</summary>
    public async ValueTask ChangeExpiryAsync()
    {
        if (link.Queue is not { } queue)
            return;
        long? idle = link.ExpiryMs is { } expiry ? expiry + GraceMs : null;
        if (queue.Settings.IdleExpiryMs == idle)
            return;
        Reply reply = await link.Ask(link.Broker.ChangeQueueAsync(
            queue.Id, queue.Settings with { IdleExpiryMs = idle }, link.Stopping));
        reply.ThrowIfFailed("expiry of a session's queue");
    }

    public ValueTask<Reply> BindAsync(QueueInfo queue, string pattern) =>
        link.Broker.BindAsync(Binding(queue, pattern), link.Stopping);

    public ValueTask<Reply> UnbindAsync(QueueInfo queue, string pattern) =>
        link.Broker.UnbindAsync(Binding(queue, pattern), link.Stopping);

    private BindingInfo Binding(QueueInfo queue, string pattern) =>
        new(link.Topic.Id, queue.Id, null, pattern, null, default);

    private async ValueTask<(Reply Reply, QueueInfo? Queue)> OpenAsync(string name, long? idleMs, bool keepLonger)
    {
        var settings = new QueueSettings
        {
            PersistentOnly = true,
            IdleExpiryMs = idleMs,
            MaxMessages = link.Options.MaxSessionMessages > 0 ? link.Options.MaxSessionMessages : null,
            Overflow = Overflow.DropOldest,
        };
        QueueInfo? queue = link.Broker.FindQueue(name);
        if (queue is null)
        {
            (Reply reply, queue) = await link.Ask(link.Broker.DeclareQueueAsync(
                new QueueDeclaration(name, Durable: true, AutoDelete: false, Exclusive: false, settings, default),
                link.Stopping));
            if (queue is null || reply is not (Reply.Ok or Reply.AlreadyExists))
                return (reply, null);
        }
        // Somebody else's queue of that name is none of ours to change.
        if (!queue.Settings.PersistentOnly)
            return (Reply.NotAllowed, null);
        long present = queue.Settings.IdleExpiryMs ?? long.MaxValue;
        bool isRight = keepLonger ? present >= (idleMs ?? long.MaxValue) : queue.Settings.IdleExpiryMs == idleMs;
        if (isRight)
            return (Reply.Ok, queue);
        Reply changed = await link.Ask(link.Broker.ChangeQueueAsync(
            queue.Id, queue.Settings with { IdleExpiryMs = idleMs }, link.Stopping));
        return (changed, queue);
    }

    private static string Fitted(string prefix, string text, string suffix)
    {
        int room = MaxNameBytes - prefix.Length - suffix.Length;
        if (Encoding.UTF8.GetByteCount(text) > room)
            text = "sha256-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return prefix + text + suffix;
    }
}
