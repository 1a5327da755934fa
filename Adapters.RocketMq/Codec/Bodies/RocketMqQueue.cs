namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>A message queue as clients name it; in bodies also a map's key.</summary>
public readonly record struct RocketMqQueue(string Topic, string BrokerName, int QueueId)
{
    public static RocketMqQueue Read(RocketMqJson json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(json.TextOf("topic"), json.TextOf("brokerName"), json.IntOf("queueId"));
    }

    public void Write(RocketMqJsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.StartObject().Member("brokerName", BrokerName).Member("queueId", QueueId).Member("topic", Topic).EndObject();
    }
}
