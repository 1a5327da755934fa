using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>The deaths of a moved message: one entry per (queue, reason), the latest first.</summary>
internal static class DeathHistory
{
    /// <summary>Entries kept, a count; the oldest go.</summary>
    public const int MaxDeaths = 128;

    /// <summary>What the message becomes by one more death, before it is routed.</summary>
    public static Overlay Add(StoredMessage message, MessageDeath now)
    {
        string topic = message.Overlay?.Topic ?? message.Topic;
        string key = message.Overlay?.RoutingKey ?? message.RoutingKey;
        IReadOnlyList<string> moreKeys = message.Overlay?.MoreKeys ?? message.MoreKeys;
        IReadOnlyList<Death> before = message.Overlay?.Deaths ?? [];

        Death? latest = null;
        var deaths = new List<Death>(before.Count + 1);
        foreach (Death death in before)
        {
            if (death.Queue == now.Queue && death.Reason == now.Reason)
                latest = death with { Count = death.Count + 1 };
            else if (deaths.Count < MaxDeaths - 1)
                deaths.Add(death);
        }

        latest ??= new Death(
            now.Queue,
            now.Reason,
            1,
            now.TimeMs,
            topic,
            [key, .. moreKeys],
            TookTtl: message.Overlay is null && message.TtlMs is not null);
        deaths.Insert(0, latest);
        // A key of its own replaces all keys; without one the message keeps them.
        return now.Target.RoutingKey is { } newKey
            ? new Overlay(now.Target.Topic, newKey, [], deaths)
            : new Overlay(now.Target.Topic, key, moreKeys, deaths);
    }

    /// <summary>
    /// The message died in that queue before, and since then never by rejection: it would go round for ever
    /// without
    /// anyone asking for it.
    /// </summary>
    /// <param name="deaths">The present death included, latest first.</param>
    /// <param name="queue">Name of the queue that it would go to.</param>
    public static bool IsCycle(IReadOnlyList<Death> deaths, string queue)
    {
        foreach (Death death in deaths)
        {
            if (death.Reason == DeathReason.Rejected)
                return false;
            if (death.Queue == queue)
                return true;
        }

        return false;
    }
}
