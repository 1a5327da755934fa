namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>The smaller bodies of answers (specification section 5).</summary>
public static class RocketMqBodies
{
    /// <summary>206, 224, 304, 305 and the unit lists.</summary>
    public static byte[] TopicList(IEnumerable<string> topics) => List("topicList", topics);

    /// <summary>38.</summary>
    public static byte[] ConsumerIds(IEnumerable<string> clientIds) => List("consumerIdList", clientIds);

    /// <summary>300.</summary>
    public static byte[] GroupList(IEnumerable<string> groups) => List("groupList", groups);

    /// <summary>28 and 219.</summary>
    public static byte[] Table(IEnumerable<KeyValuePair<string, string>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject().Name("table").StartObject();
        foreach ((string name, string value) in entries)
            json.Member(name, value);
        return json.EndObject().EndObject().ToUtf8();
    }

    /// <summary>41.</summary>
    public static byte[] LockedQueues(IEnumerable<RocketMqQueue> queues)
    {
        ArgumentNullException.ThrowIfNull(queues);
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject().Name("lockOKMQSet").StartArray();
        foreach (RocketMqQueue queue in queues)
            queue.Write(json);
        return json.EndArray().EndObject().ToUtf8();
    }

    /// <summary>220 and 222: queues and offsets.</summary>
    public static byte[] OffsetTable(IEnumerable<KeyValuePair<RocketMqQueue, long>> offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject().Name("offsetTable").StartObject();
        foreach ((RocketMqQueue queue, long offset) in offsets)
        {
            queue.Write(json);
            json.Colon().Number(offset);
        }
        return json.EndObject().EndObject().ToUtf8();
    }

    /// <summary>220 to a client written in C++, which wants a list.</summary>
    public static byte[] OffsetList(IEnumerable<KeyValuePair<RocketMqQueue, long>> offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject().Name("offsetTable").StartArray();
        foreach ((RocketMqQueue queue, long offset) in offsets)
        {
            json.StartObject().Member("brokerName", queue.BrokerName).Member("offset", offset)
                .Member("queueId", queue.QueueId).Member("topic", queue.Topic).EndObject();
        }
        return json.EndArray().EndObject().ToUtf8();
    }

    /// <summary>202.</summary>
    public static byte[] TopicStats(IEnumerable<QueueStats> queues)
    {
        ArgumentNullException.ThrowIfNull(queues);
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject().Name("offsetTable").StartObject();
        foreach (QueueStats queue in queues)
        {
            queue.Queue.Write(json);
            json.Colon().StartObject().Member("lastUpdateTimestamp", queue.TimestampMs)
                .Member("maxOffset", queue.MaxOffset).Member("minOffset", queue.MinOffset).EndObject();
        }
        return json.EndObject().EndObject().ToUtf8();
    }

    /// <summary>208. We keep no rate per group.</summary>
    public static byte[] ConsumeStats(IEnumerable<QueueStats> queues)
    {
        ArgumentNullException.ThrowIfNull(queues);
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject().Member("consumeTps", 0.0)
            .Name("offsetTable").StartObject();
        foreach (QueueStats queue in queues)
        {
            queue.Queue.Write(json);
            json.Colon().StartObject().Member("brokerOffset", queue.MaxOffset)
                .Member("consumerOffset", queue.MinOffset).Member("lastTimestamp", queue.TimestampMs).EndObject();
        }
        return json.EndObject().EndObject().ToUtf8();
    }

    /// <summary>203.</summary>
    public static byte[] ConsumerConnections(
        IEnumerable<ClientConnection> clients, ConsumerData group, IEnumerable<SubscriptionData> subscriptions)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(subscriptions);
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject();
        Clients(json, clients).Member("consumeFromWhere", group.ConsumeFromWhere)
            .Member("consumeType", group.ConsumeType).Member("messageModel", group.MessageModel)
            .Name("subscriptionTable").StartObject();
        foreach (SubscriptionData subscription in subscriptions)
        {
            json.Name(subscription.Topic);
            subscription.Write(json);
        }
        return json.EndObject().EndObject().ToUtf8();
    }

    /// <summary>204.</summary>
    public static byte[] ProducerConnections(IEnumerable<ClientConnection> clients) =>
        Clients(new RocketMqJsonWriter().StartObject(), clients).EndObject().ToUtf8();

    /// <summary>21.</summary>
    public static byte[] TopicConfigs(IEnumerable<TopicConfig> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject().Name("dataVersion").StartObject()
            .Member("counter", 0).Member("timestamp", 0).EndObject().Name("topicConfigTable").StartObject();
        foreach (TopicConfig topic in topics)
        {
            json.Name(topic.Name);
            topic.Write(json);
        }
        return json.EndObject().EndObject().ToUtf8();
    }

    private static RocketMqJsonWriter Clients(RocketMqJsonWriter json, IEnumerable<ClientConnection> clients)
    {
        json.Name("connectionSet").StartArray();
        foreach (ClientConnection client in clients)
            client.Write(json);
        return json.EndArray();
    }

    private static byte[] List(string name, IEnumerable<string> values) =>
        new RocketMqJsonWriter().StartObject().Member(name, values).EndObject().ToUtf8();
}
