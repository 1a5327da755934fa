using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>The doors of the core that a connection has beside the common one.</summary>
internal static class MqttCore
{
    public static ISubscriptions Subscriptions(this IBrokerConnection connection) => (ISubscriptions)connection;

    public static ISessions Sessions(this IBrokerConnection connection) => (ISessions)connection;

    public static ILastValues LastValues(this IBrokerConnection connection) => (ILastValues)connection;
}
