namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>Body of the answer to 105.</summary>
public sealed record TopicRoute(
    string Cluster, IReadOnlyList<TopicRoute.Broker> Brokers, IReadOnlyList<TopicRoute.Queues> QueueDatas)
{
    public byte[] ToJson()
    {
        var json = new RocketMqJsonWriter();
        json.StartObject().Name("brokerDatas").StartArray();
        foreach (Broker broker in Brokers)
            WriteBroker(json, broker, Cluster);
        json.EndArray().Name("filterServerTable").StartObject().EndObject().Name("queueDatas").StartArray();
        foreach (Queues queues in QueueDatas)
        {
            // 4.1.0 spells the flag wrongly, later clients right; each ignores the other's.
            json.StartObject().Member("brokerName", queues.BrokerName).Member("perm", queues.Perm)
                .Member("readQueueNums", queues.ReadQueueNums).Member("topicSynFlag", queues.SysFlag)
                .Member("topicSysFlag", queues.SysFlag).Member("writeQueueNums", queues.WriteQueueNums).EndObject();
        }
        return json.EndArray().EndObject().ToUtf8();
    }

    internal static void WriteBroker(RocketMqJsonWriter json, Broker broker, string cluster)
    {
        json.StartObject().Name("brokerAddrs").StartObject();
        if (broker.Address is not null)
            json.Member("0", broker.Address);
        json.EndObject().Member("brokerName", broker.Name).Member("cluster", cluster).EndObject();
    }

    /// <param name="Address">Where its leader is, <c>host:port</c>; null while there is none.</param>
    public readonly record struct Broker(string Name, string? Address);

    /// <summary>The queues of a topic on one broker name.</summary>
    public readonly record struct Queues(string BrokerName, int ReadQueueNums, int WriteQueueNums, int Perm, int SysFlag);
}
