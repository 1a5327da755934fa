using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>Announces the end of clients whose node died, by a connection of the node's own.</summary>
internal sealed class MqttLostClients(MqttNode node, TimeProvider time) : ILostClients
{
    public async ValueTask LostAsync(IReadOnlyList<LostClient> clients, CancellationToken cancellation)
    {
        foreach (IGrouping<NamespaceId, LostClient> some in clients.GroupBy(client => client.Namespace))
            await AnnounceAsync(some.Key, some, cancellation).ConfigureAwait(false);
    }

    private async Task AnnounceAsync(
        NamespaceId ns, IEnumerable<LostClient> clients, CancellationToken cancellation)
    {
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var outcomes = new MqttOutcomes();
        await using IBrokerConnection connection = node.Broker.Connect(new ConnectionOptions(
            MqttNodeIdentity.Instance, ns, "MQTT", "presence", outcomes));
        if (connection.FindTopic(MqttOpening.TopicSpace) is not { } space)
            return;
        foreach (LostClient lost in clients)
        {
            MqttClient client = MqttPresence.FromCard(lost.Session, lost.Card.Span);
            string reason = lost.IsElsewhere ? MqttEndReasons.TakenOver : MqttEndReasons.NodeLost;
            byte[] json = MqttPresence.Json(client, reason, nowMs);
            foreach (string topic in MqttPresence.Topics(client.Node, client.ClientId, "disconnected"))
            {
                outcomes.Expect();
                if (connection.Publish(MqttPublications.OfNode(space, topic, json), tag: 0) != PublishAdmission.Accepted)
                    outcomes.Came();
            }
            await connection.WaitForRoomAsync(cancellation).ConfigureAwait(false);
        }
        // Where a queue keeps the events, a client that has come back must not be announced before this.
        await outcomes.AllCameAsync().WaitAsync(cancellation).ConfigureAwait(false);
    }
}
