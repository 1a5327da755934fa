using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>A connected client, as presence shows it.</summary>
/// <param name="Node">Number of the node that it is connected to.</param>
/// <param name="ConnectedMs">Unix ms.</param>
internal sealed record MqttClient(
    string ClientId,
    string UserName,
    MqttPeer Peer,
    MqttVersion Version,
    int KeepAliveSeconds,
    bool CleanStart,
    uint ExpirySeconds,
    long ConnectedMs,
    int Node);
