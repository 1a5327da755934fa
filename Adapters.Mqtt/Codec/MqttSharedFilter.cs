namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>A shared subscription (MQTT 5.0 §4.8.2): <c>$share/{group}/{filter}</c>.</summary>
public sealed record MqttSharedFilter(string Group, string Filter)
{
    public const string Prefix = "$share/";

    /// <returns>False: begins with the prefix and is wrong. Null result with true: it is not shared.</returns>
    public static bool TryParse(string text, out MqttSharedFilter? shared)
    {
        shared = null;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return text != "$share";
        int cut = text.IndexOf('/', Prefix.Length);
        if (cut <= Prefix.Length)
            return false;
        string group = text[Prefix.Length..cut];
        string filter = text[(cut + 1)..];
        if (group.AsSpan().IndexOfAny('+', '#') >= 0 || !MqttTopics.IsFilter(filter))
            return false;
        shared = new MqttSharedFilter(group, filter);
        return true;
    }
}
