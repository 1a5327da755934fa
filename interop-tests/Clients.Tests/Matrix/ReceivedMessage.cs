using System.Globalization;
using System.Text.Json;

namespace Cmq.MultiProtocol.Interop.Clients.Matrix;

/// <summary>What interop-tests/matrix/chain.js tells of the message at the end of the chain.</summary>
internal sealed class ReceivedMessage
{
    private readonly JsonElement _root;
    private readonly Dictionary<string, JsonElement> _properties;

    public ReceivedMessage(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        _root = document.RootElement.Clone();
        _properties = _root.GetProperty("properties").EnumerateObject().ToDictionary(one => one.Name, one => one.Value);
    }

    /// <summary>Routing key, topic or tag, whatever the receiver has; over HTTP the queue that it asked.</summary>
    public string Key => _root.GetProperty("key").GetString()!;

    public byte[] Body => _root.GetProperty("body").GetBytesFromBase64();

    /// <summary>The routing key that the last publisher meant.</summary>
    public string SentKey => _root.GetProperty("route").GetProperty("key").GetString()!;

    /// <summary>The queue at the end, if the receiver has one.</summary>
    public string Queue => _root.GetProperty("route").GetProperty("queue").GetString()!;

    /// <summary>The message id that CMQ HTTP answered; null for others.</summary>
    public string? SentId => _root.TryGetProperty("sent", out JsonElement sent) ? sent.GetString() : null;

    /// <summary>MQTT's, 0 for others.</summary>
    public int QoS => _root.TryGetProperty("qos", out JsonElement qos) ? qos.GetInt32() : 0;

    /// <summary>Takes a property away that is looked at on its own.</summary>
    /// <returns>The value as text; null when it is not there.</returns>
    public string? Take(string name) => _properties.Remove(name, out JsonElement value) ? value.ToString() : null;

    /// <summary>Takes a number away, which may also be a text.</summary>
    public long TakeNumber(string name) => long.Parse(Take(name) ?? "", CultureInfo.InvariantCulture);

    /// <summary>What is left, one line for each in the order of the names, with types.</summary>
    public string[] Lines() => Lines(_properties);

    public static string[] Lines<T>(IReadOnlyDictionary<string, T> properties) =>
    [
        .. properties.Select(one => $"{one.Key} = {JsonSerializer.Serialize(one.Value)}").Order(StringComparer.Ordinal),
    ];
}
