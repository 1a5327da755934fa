using System.Globalization;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Properties that have no place in MQTT of their own: they travel as user properties, and find their place
/// again (docs/mapping.md).</summary>
internal static class MqttUserProperties
{
    public static IEnumerable<KeyValuePair<string, string>> Of(MessageProperties properties)
    {
        if (properties.ContentEncoding is { } encoding)
            yield return new("content-encoding", encoding);
        if (properties.MessageId is { } id)
            yield return new("message-id", id);
        if (properties.TimestampMs is { } timestamp)
            yield return new("timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        if (properties.Type is { } type)
            yield return new("type", type);
        if (properties.UserId is { } user)
            yield return new("user-id", user);
        if (properties.AppId is { } app)
            yield return new("app-id", app);
        if (properties.Priority is { } priority)
            yield return new("priority", priority.ToString(CultureInfo.InvariantCulture));
        if (properties.TtlMs is { } ttlMs)
            yield return new("expiration", ttlMs.ToString(CultureInfo.InvariantCulture));
        if (properties.Tags.Count > 0)
            yield return new("tags", string.Join(' ', properties.Tags));
        if (properties.Keys.Count > 0)
            yield return new("keys", string.Join(' ', properties.Keys));
    }

    /// <returns>False: the name has no place, or the value does not fit it.</returns>
    public static bool TryPlace(ref MessageProperties properties, string name, string value)
    {
        MessageProperties? placed = name switch
        {
            "content-encoding" => properties with { ContentEncoding = value },
            "message-id" => properties with { MessageId = value },
            "timestamp" when long.TryParse(value, CultureInfo.InvariantCulture, out long ms) =>
                properties with { TimestampMs = ms },
            "type" => properties with { Type = value },
            "user-id" => properties with { UserId = value },
            "app-id" => properties with { AppId = value },
            "priority" when byte.TryParse(value, CultureInfo.InvariantCulture, out byte priority) =>
                properties with { Priority = priority },
            "expiration" when long.TryParse(value, CultureInfo.InvariantCulture, out long ttlMs) =>
                properties with { TtlMs = ttlMs },
            "tags" => properties with { Tags = Words(value) },
            "keys" => properties with { Keys = Words(value) },
            _ => null,
        };
        properties = placed ?? properties;
        return placed is not null;
    }

    private static string[] Words(string value) => value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
