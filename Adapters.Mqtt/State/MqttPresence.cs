using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Clients that come and go, as JSON on <c>$SYS/brokers/{node}/clients/{client id}/connected</c> and
/// <c>.../disconnected</c> (the topics and fields of EMQX), and on <c>$events/client_connected</c> and
/// <c>$events/client_disconnected</c>.</summary>
internal static class MqttPresence
{
    /// <summary>The two topics of an event.</summary>
    /// <param name="node">Number of the node.</param>
    /// <param name="clientId">Raw.</param>
    /// <param name="what"><c>connected</c> or <c>disconnected</c>.</param>
    public static IEnumerable<string> Topics(int node, string clientId, string what)
    {
        string topic = string.Create(
            CultureInfo.InvariantCulture, $"$SYS/brokers/{node}/clients/{Level(clientId)}/{what}");
        // A very long client id does not fit; its event is on the common topic alone.
        if (MqttTopics.IsTopicName(topic))
            yield return topic;
        yield return $"$events/client_{what}";
    }

    /// <param name="client">Who.</param>
    /// <param name="reason">Null for one that comes.</param>
    /// <param name="nowMs">Unix ms.</param>
    public static byte[] Json(MqttClient client, string? reason, long nowMs)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("clientid", client.ClientId);
            json.WriteString("username", client.UserName);
            json.WriteString("ipaddress", client.Peer.Address.ToString());
            json.WriteNumber("sockport", client.Peer.Port);
            json.WriteString("protocol", "mqtt");
            json.WriteString("proto_name", client.Version == MqttVersion.V31 ? "MQIsdp" : "MQTT");
            json.WriteNumber("proto_ver", (int)client.Version);
            json.WriteNumber("keepalive", client.KeepAliveSeconds);
            json.WriteBoolean("clean_start", client.CleanStart);
            json.WriteNumber("expiry_interval", client.ExpirySeconds);
            json.WriteNumber("connected_at", client.ConnectedMs);
            if (reason is not null)
            {
                json.WriteString("reason", reason);
                json.WriteNumber("disconnected_at", nowMs);
            }
            json.WriteNumber("node", client.Node);
            json.WriteNumber("ts", nowMs);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A client id as one level of a topic: what cuts or matches levels is percent-encoded.</summary>
    private static string Level(string clientId)
    {
        if (clientId.AsSpan().IndexOfAny("/+#%") < 0)
            return clientId;
        var level = new StringBuilder(clientId.Length + 8);
        foreach (char c in clientId)
        {
            if (c is '/' or '+' or '#' or '%')
                level.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
            else
                level.Append(c);
        }
        return level.ToString();
    }
}
