namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>Body of the answer to 106.</summary>
public sealed record ClusterInfo(string Cluster, IReadOnlyList<TopicRoute.Broker> Brokers)
{
    public byte[] ToJson()
    {
        var json = new RocketMqJsonWriter();
        json.StartObject().Name("brokerAddrTable").StartObject();
        foreach (TopicRoute.Broker broker in Brokers)
        {
            json.Name(broker.Name);
            TopicRoute.WriteBroker(json, broker, Cluster);
        }
        json.EndObject().Name("clusterAddrTable").StartObject().Member(Cluster, Brokers.Select(broker => broker.Name));
        return json.EndObject().EndObject().ToUtf8();
    }
}
