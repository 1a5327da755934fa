using System.Text;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>The deaths of a moved message: one entry per (queue, reason), the latest first.</summary>
internal static class DeathHistory
{
    /// <summary>Entries kept, a count; the oldest go.</summary>
    public const int MaxDeaths = 128;

    /// <summary>Keys kept of all deaths together, bytes: the history of a message is stored anew with every death. The
    /// oldest deaths lose theirs first.</summary>
    public const int MaxKeyBytes = 16 * 1024;

    /// <summary>A key counts as so many bytes more.</summary>
    private const int KeyOverheadBytes = 5;

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
        BoundKeys(deaths);
        // A key of its own replaces all keys; without one the message keeps them.
        return now.Target.RoutingKey is { } newKey
            ? new Overlay(now.Target.Topic, newKey, [], deaths)
            : new Overlay(now.Target.Topic, key, moreKeys, deaths);
    }

    /// <summary>What is left of a history where there is no room for it.</summary>
    public static Overlay Shorten(Overlay overlay) => overlay with
    {
        Deaths = [.. overlay.Deaths.Take(1).Select(static death => death with { RoutingKeys = [] })],
    };

    /// <summary>
    /// The message died in that queue before, and since then never by rejection: it would go round for ever
    /// without anyone asking for it.
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

    private static void BoundKeys(List<Death> deaths)
    {
        int left = MaxKeyBytes;
        for (int i = 0; i < deaths.Count; i++)
        {
            IReadOnlyList<string> keys = deaths[i].RoutingKeys;
            int kept = 0;
            for (; kept < keys.Count; kept++)
            {
                int bytes = KeyOverheadBytes + Encoding.UTF8.GetByteCount(keys[kept]);
                if (bytes > left)
                    break;
                left -= bytes;
            }

            if (kept == keys.Count)
                continue;
            deaths[i] = deaths[i] with { RoutingKeys = [.. keys.Take(kept)] };
            left = 0;
        }
    }
}
