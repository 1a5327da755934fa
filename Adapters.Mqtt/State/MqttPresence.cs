using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Clients that come and go, as JSON on <c>$SYS/brokers/{node}/clients/{client id}/connected</c> and
/// <c>.../disconnected</c> (the topics and fields of EMQX), and on <c>$events/client_connected</c> and
/// <c>$events/client_disconnected</c>.</summary>
internal static class MqttPresence
{
    /// <summary>Of a card: version, clean start, bytes of the address, port, keep-alive, expiry, time of connecting, node;
    /// the address and the user's name follow.</summary>
    private const int CardBytes = 23;

    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;

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

    /// <summary>What the other nodes keep of a client, to announce its end if this one cannot.</summary>
    public static byte[] Card(MqttClient client)
    {
        byte[] address = client.Peer.Address.GetAddressBytes();
        int userBytes = Encoding.UTF8.GetByteCount(client.UserName);
        byte[] card = new byte[CardBytes + address.Length + userBytes];
        card[0] = (byte)client.Version;
        card[1] = client.CleanStart ? (byte)1 : (byte)0;
        card[2] = (byte)address.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(card.AsSpan(3), (ushort)client.Peer.Port);
        BinaryPrimitives.WriteUInt16LittleEndian(card.AsSpan(5), (ushort)client.KeepAliveSeconds);
        BinaryPrimitives.WriteUInt32LittleEndian(card.AsSpan(7), client.ExpirySeconds);
        BinaryPrimitives.WriteInt64LittleEndian(card.AsSpan(11), client.ConnectedMs);
        BinaryPrimitives.WriteInt32LittleEndian(card.AsSpan(19), client.Node);
        address.CopyTo(card, CardBytes);
        Encoding.UTF8.GetBytes(client.UserName, card.AsSpan(CardBytes + address.Length));
        return card;
    }

    /// <param name="clientId">Names the session.</param>
    /// <param name="card">As <see cref="Card"/> wrote it.</param>
    /// <exception cref="InvariantException">It is none.</exception>
    public static MqttClient FromCard(string clientId, ReadOnlySpan<byte> card)
    {
        Invariant.Check(card.Length >= CardBytes, "a client's card is whole");
        int addressBytes = card[2];
        Invariant.Check(
            addressBytes is Ipv4Bytes or Ipv6Bytes && card.Length >= CardBytes + addressBytes,
            "a client's card has an address");
        var peer = new MqttPeer(
            new IPAddress(card.Slice(CardBytes, addressBytes)), BinaryPrimitives.ReadUInt16LittleEndian(card[3..]), "");
        return new MqttClient(
            clientId,
            Encoding.UTF8.GetString(card[(CardBytes + addressBytes)..]),
            peer,
            (MqttVersion)card[0],
            BinaryPrimitives.ReadUInt16LittleEndian(card[5..]),
            card[1] != 0,
            BinaryPrimitives.ReadUInt32LittleEndian(card[7..]),
            BinaryPrimitives.ReadInt64LittleEndian(card[11..]),
            BinaryPrimitives.ReadInt32LittleEndian(card[19..]));
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
