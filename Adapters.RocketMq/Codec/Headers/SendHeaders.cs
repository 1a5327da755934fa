namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

/// <summary>10, 310 and 320: a send. 10 has long field names, the others one letter each (specification
/// section 7).</summary>
/// <param name="DefaultTopic">Template for a topic that has to be made.</param>
/// <param name="DefaultTopicQueueNums">Queues that such a topic gets at most.</param>
/// <param name="QueueId">Negative: the broker chooses.</param>
/// <param name="BornTimestampMs">The producer's clock, Unix ms.</param>
/// <param name="Properties">The property string.</param>
/// <param name="Batch">The body is a batch; this decides, not the code.</param>
public sealed record SendMessageRequest(
    string ProducerGroup,
    string Topic,
    string DefaultTopic,
    int DefaultTopicQueueNums,
    int QueueId,
    int SysFlag,
    long BornTimestampMs,
    int Flag,
    string? Properties,
    int? ReconsumeTimes,
    bool? UnitMode,
    int? MaxReconsumeTimes,
    bool? Batch)
{
    private static readonly string[] Long =
    [
        "producerGroup", "topic", "defaultTopic", "defaultTopicQueueNums", "queueId", "sysFlag", "bornTimestamp", "flag",
        "properties", "reconsumeTimes", "unitMode", "maxReconsumeTimes", "batch",
    ];

    private static readonly string[] Short =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"];

    /// <param name="fields">The custom fields.</param>
    /// <param name="shortNames">As in 310 and 320.</param>
    public static SendMessageRequest Read(RocketMqFields fields, bool shortNames)
    {
        ArgumentNullException.ThrowIfNull(fields);
        string[] names = shortNames ? Short : Long;
        return new(
            fields.Text(names[0]), fields.Text(names[1]), fields.Text(names[2]), fields.Int(names[3]),
            fields.Int(names[4]), fields.Int(names[5]), fields.Long(names[6]), fields.Int(names[7]),
            fields.TextOrNull(names[8]), fields.IntOrNull(names[9]), fields.BoolOrNull(names[10]),
            fields.IntOrNull(names[11]), fields.BoolOrNull(names[12]));
    }

    /// <inheritdoc cref="Read"/>
    public void Write(RocketMqFields fields, bool shortNames)
    {
        ArgumentNullException.ThrowIfNull(fields);
        string[] names = shortNames ? Short : Long;
        fields.Add(names[0], ProducerGroup);
        fields.Add(names[1], Topic);
        fields.Add(names[2], DefaultTopic);
        fields.Add(names[3], DefaultTopicQueueNums);
        fields.Add(names[4], QueueId);
        fields.Add(names[5], SysFlag);
        fields.Add(names[6], BornTimestampMs);
        fields.Add(names[7], Flag);
        fields.Add(names[8], Properties);
        fields.Add(names[9], ReconsumeTimes);
        fields.Add(names[10], UnitMode);
        fields.Add(names[11], MaxReconsumeTimes);
        fields.Add(names[12], Batch);
    }
}

/// <summary>Answer to a send.</summary>
/// <param name="MessageId">As <see cref="RocketMqMessageId"/>; of a batch all of them, joined by
/// commas.</param>
/// <param name="QueueOffset">Of a batch the first one's.</param>
public readonly record struct SendMessageResponse(string MessageId, int QueueId, long QueueOffset)
    : IRocketMqHeader
{
    /// <summary>What brokers without another setting say.</summary>
    public const string Region = "DefaultRegion";

    public static SendMessageResponse Read(RocketMqFields fields) =>
        new(fields.Text("msgId"), fields.Int("queueId"), fields.Long("queueOffset"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("queueId", QueueId);
        fields.Add("TRACE_ON", true);
        fields.Add("MSG_REGION", Region);
        fields.Add("msgId", MessageId);
        fields.Add("queueOffset", QueueOffset);
    }
}

/// <summary>36: a consumer could not process a message.</summary>
/// <param name="Offset">Its position.</param>
/// <param name="DelayLevel">0: by how often it came back; below 0: dead letter at once.</param>
public sealed record SendBackRequest(
    long Offset,
    string Group,
    int DelayLevel,
    string? OriginMessageId,
    string? OriginTopic,
    bool? UnitMode,
    int? MaxReconsumeTimes) : IRocketMqHeader
{
    public static SendBackRequest Read(RocketMqFields fields) => new(
        fields.Long("offset"), fields.Text("group"), fields.Int("delayLevel"), fields.TextOrNull("originMsgId"),
        fields.TextOrNull("originTopic"), fields.BoolOrNull("unitMode"), fields.IntOrNull("maxReconsumeTimes"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("offset", Offset);
        fields.Add("group", Group);
        fields.Add("delayLevel", DelayLevel);
        fields.Add("originMsgId", OriginMessageId);
        fields.Add("originTopic", OriginTopic);
        fields.Add("unitMode", UnitMode);
        fields.Add("maxReconsumeTimes", MaxReconsumeTimes);
    }
}

/// <summary>37: what became of a transaction (specification section 16).</summary>
/// <param name="CommitOrRollback">One of <see cref="RocketMqSysFlag.Commit"/>,
/// <see cref="RocketMqSysFlag.Rollback"/> and 0, which is still unknown.</param>
public sealed record EndTransactionRequest(
    string ProducerGroup,
    long TranStateTableOffset,
    long CommitLogOffset,
    int CommitOrRollback,
    bool? FromTransactionCheck,
    string MessageId,
    string? TransactionId) : IRocketMqHeader
{
    public static EndTransactionRequest Read(RocketMqFields fields) => new(
        fields.Text("producerGroup"), fields.Long("tranStateTableOffset"), fields.Long("commitLogOffset"),
        fields.Int("commitOrRollback"), fields.BoolOrNull("fromTransactionCheck"), fields.Text("msgId"),
        fields.TextOrNull("transactionId"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("producerGroup", ProducerGroup);
        fields.Add("tranStateTableOffset", TranStateTableOffset);
        fields.Add("commitLogOffset", CommitLogOffset);
        fields.Add("commitOrRollback", CommitOrRollback);
        fields.Add("fromTransactionCheck", FromTransactionCheck);
        fields.Add("msgId", MessageId);
        fields.Add("transactionId", TransactionId);
    }
}

/// <summary>39: the broker asks what became of a transaction; the body is the half message.</summary>
public sealed record CheckTransactionStateRequest(
    long TranStateTableOffset,
    long CommitLogOffset,
    string? MessageId,
    string? TransactionId,
    string? OffsetMessageId) : IRocketMqHeader
{
    public static CheckTransactionStateRequest Read(RocketMqFields fields) => new(
        fields.Long("tranStateTableOffset"), fields.Long("commitLogOffset"), fields.TextOrNull("msgId"),
        fields.TextOrNull("transactionId"), fields.TextOrNull("offsetMsgId"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("commitLogOffset", CommitLogOffset);
        fields.Add("msgId", MessageId);
        fields.Add("tranStateTableOffset", TranStateTableOffset);
        fields.Add("offsetMsgId", OffsetMessageId);
        fields.Add("transactionId", TransactionId);
    }
}
