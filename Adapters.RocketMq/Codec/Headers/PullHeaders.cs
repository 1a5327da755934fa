namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

/// <summary>11 (specification section 11).</summary>
/// <param name="SysFlag">See <see cref="RocketMqPullFlag"/>.</param>
/// <param name="SuspendTimeoutMs">How long it may wait, where the flag says that it may.</param>
/// <param name="Subscription">The filter, where the flag says so.</param>
public sealed record PullMessageRequest(
    string ConsumerGroup,
    string Topic,
    int QueueId,
    long QueueOffset,
    int MaxMessages,
    int SysFlag,
    long CommitOffset,
    long SuspendTimeoutMs,
    string? Subscription,
    long SubscriptionVersion,
    string? ExpressionType) : IRocketMqHeader
{
    public static PullMessageRequest Read(RocketMqFields fields) => new(
        fields.Text("consumerGroup"), fields.Text("topic"), fields.Int("queueId"), fields.Long("queueOffset"),
        fields.Int("maxMsgNums"), fields.Int("sysFlag"), fields.Long("commitOffset"),
        fields.Long("suspendTimeoutMillis"), fields.TextOrNull("subscription"), fields.Long("subVersion"),
        fields.TextOrNull("expressionType"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("consumerGroup", ConsumerGroup);
        fields.Add("topic", Topic);
        fields.Add("queueId", QueueId);
        fields.Add("queueOffset", QueueOffset);
        fields.Add("maxMsgNums", MaxMessages);
        fields.Add("sysFlag", SysFlag);
        fields.Add("commitOffset", CommitOffset);
        fields.Add("suspendTimeoutMillis", SuspendTimeoutMs);
        fields.Add("subscription", Subscription);
        fields.Add("subVersion", SubscriptionVersion);
        fields.Add("expressionType", ExpressionType);
    }
}

/// <summary>Answer to a pull; clients need all of it, whatever the code.</summary>
public readonly record struct PullMessageResponse(long NextBeginOffset, long MinOffset, long MaxOffset)
    : IRocketMqHeader
{
    /// <summary>The only broker id there is.</summary>
    private const int Master = 0;

    public static PullMessageResponse Read(RocketMqFields fields) =>
        new(fields.Long("nextBeginOffset"), fields.Long("minOffset"), fields.Long("maxOffset"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("suggestWhichBrokerId", Master);
        fields.Add("nextBeginOffset", NextBeginOffset);
        fields.Add("maxOffset", MaxOffset);
        fields.Add("minOffset", MinOffset);
    }
}

/// <summary>12.</summary>
/// <param name="BeginTimestampMs">Earliest store time, Unix ms.</param>
/// <param name="EndTimestampMs">Latest.</param>
/// <param name="UniqueKey">The key is the client's own id of the message.</param>
public sealed record QueryMessageRequest(
    string Topic, string Key, int MaxMessages, long BeginTimestampMs, long EndTimestampMs, bool UniqueKey)
    : IRocketMqHeader
{
    private const string UniqueKeyField = "_UNIQUE_KEY_QUERY";

    public static QueryMessageRequest Read(RocketMqFields fields) => new(
        fields.Text("topic"), fields.Text("key"), fields.Int("maxNum"), fields.Long("beginTimestamp"),
        fields.Long("endTimestamp"), fields.BoolOrNull(UniqueKeyField) ?? false);

    public void Write(RocketMqFields fields)
    {
        fields.Add("topic", Topic);
        fields.Add("key", Key);
        fields.Add("maxNum", MaxMessages);
        fields.Add("beginTimestamp", BeginTimestampMs);
        fields.Add("endTimestamp", EndTimestampMs);
        fields.Add(UniqueKeyField, UniqueKey);
    }
}

/// <summary>Answer to 12.</summary>
public readonly record struct QueryMessageResponse(long IndexLastUpdateTimestampMs, long IndexLastUpdatePosition)
    : IRocketMqHeader
{
    public static QueryMessageResponse Read(RocketMqFields fields) =>
        new(fields.Long("indexLastUpdateTimestamp"), fields.Long("indexLastUpdatePhyoffset"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("indexLastUpdatePhyoffset", IndexLastUpdatePosition);
        fields.Add("indexLastUpdateTimestamp", IndexLastUpdateTimestampMs);
    }
}

/// <summary>33.</summary>
/// <param name="Offset">Position of the message.</param>
public readonly record struct ViewMessageRequest(long Offset) : IRocketMqHeader
{
    public static ViewMessageRequest Read(RocketMqFields fields) => new(fields.Long("offset"));

    public void Write(RocketMqFields fields) => fields.Add("offset", Offset);
}
