namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>A client as an administrator sees it (203, 204).</summary>
/// <param name="Address"><c>ip:port</c>.</param>
public sealed record ClientConnection(string ClientId, string Address, RocketMqLanguage Language, int Version)
{
    public void Write(RocketMqJsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.StartObject().Member("clientAddr", Address).Member("clientId", ClientId)
            .Member("language", Language.ToString().ToUpperInvariant()).Member("version", Version).EndObject();
    }
}
