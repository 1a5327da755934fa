using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>What all conversations of this node share.</summary>
/// <param name="Broker">The core.</param>
/// <param name="Options">Limits.</param>
/// <param name="Figures">Counters.</param>
/// <param name="NewName">22 random characters of base64url for client ids that we assign.</param>
public sealed record MqttNode(IBroker Broker, MqttOptions Options, MqttFigures Figures, Func<string> NewName);
