namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

/// <summary>30, 31, 32: a queue.</summary>
public readonly record struct QueueRequest(string Topic, int QueueId) : IRocketMqHeader
{
    public static QueueRequest Read(RocketMqFields fields) =>
        new(fields.Text("topic"), fields.Int("queueId"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("topic", Topic);
        fields.Add("queueId", QueueId);
    }
}

/// <summary>29.</summary>
public readonly record struct SearchOffsetRequest(string Topic, int QueueId, long TimestampMs)
    : IRocketMqHeader
{
    public static SearchOffsetRequest Read(RocketMqFields fields) =>
        new(fields.Text("topic"), fields.Int("queueId"), fields.Long("timestamp"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("topic", Topic);
        fields.Add("queueId", QueueId);
        fields.Add("timestamp", TimestampMs);
    }
}

/// <summary>Answer to 14, 29, 30, 31.</summary>
public readonly record struct OffsetResponse(long Offset) : IRocketMqHeader
{
    public static OffsetResponse Read(RocketMqFields fields) => new(fields.Long("offset"));

    public void Write(RocketMqFields fields) => fields.Add("offset", Offset);
}

/// <summary>Answer to 32.</summary>
/// <param name="TimestampMs">Unix ms; -1 when the queue is empty.</param>
public readonly record struct StoreTimeResponse(long TimestampMs) : IRocketMqHeader
{
    public static StoreTimeResponse Read(RocketMqFields fields) => new(fields.Long("timestamp"));

    public void Write(RocketMqFields fields) => fields.Add("timestamp", TimestampMs);
}

/// <summary>14.</summary>
public readonly record struct QueryConsumerOffsetRequest(string ConsumerGroup, string Topic, int QueueId)
    : IRocketMqHeader
{
    public static QueryConsumerOffsetRequest Read(RocketMqFields fields) =>
        new(fields.Text("consumerGroup"), fields.Text("topic"), fields.Int("queueId"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("consumerGroup", ConsumerGroup);
        fields.Add("topic", Topic);
        fields.Add("queueId", QueueId);
    }
}

/// <summary>15.</summary>
/// <param name="CommitOffset">Below 0: nothing to commit (ali-ons at a queue's start).</param>
public readonly record struct UpdateConsumerOffsetRequest(
    string ConsumerGroup, string Topic, int QueueId, long CommitOffset) : IRocketMqHeader
{
    public static UpdateConsumerOffsetRequest Read(RocketMqFields fields) => new(
        fields.Text("consumerGroup"), fields.Text("topic"), fields.Int("queueId"), fields.Long("commitOffset"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("consumerGroup", ConsumerGroup);
        fields.Add("topic", Topic);
        fields.Add("queueId", QueueId);
        fields.Add("commitOffset", CommitOffset);
    }
}
