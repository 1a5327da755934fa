namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

/// <summary>17.</summary>
public sealed record CreateTopicRequest(
    string Topic,
    string DefaultTopic,
    int ReadQueueNums,
    int WriteQueueNums,
    int Perm,
    string TopicFilterType,
    int? TopicSysFlag,
    bool? Order) : IRocketMqHeader
{
    public static CreateTopicRequest Read(RocketMqFields fields) => new(
        fields.Text("topic"), fields.Text("defaultTopic"), fields.Int("readQueueNums"), fields.Int("writeQueueNums"),
        fields.Int("perm"), fields.Text("topicFilterType"), fields.IntOrNull("topicSysFlag"),
        fields.BoolOrNull("order"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("topic", Topic);
        fields.Add("defaultTopic", DefaultTopic);
        fields.Add("readQueueNums", ReadQueueNums);
        fields.Add("writeQueueNums", WriteQueueNums);
        fields.Add("perm", Perm);
        fields.Add("topicFilterType", TopicFilterType);
        fields.Add("topicSysFlag", TopicSysFlag);
        fields.Add("order", Order);
    }
}

/// <summary>207.</summary>
public readonly record struct GroupNameRequest(string GroupName) : IRocketMqHeader
{
    public static GroupNameRequest Read(RocketMqFields fields) => new(fields.Text("groupName"));

    public void Write(RocketMqFields fields) => fields.Add("groupName", GroupName);
}

/// <summary>208.</summary>
public readonly record struct ConsumeStatsRequest(string ConsumerGroup, string? Topic) : IRocketMqHeader
{
    public static ConsumeStatsRequest Read(RocketMqFields fields) =>
        new(fields.Text("consumerGroup"), fields.TextOrNull("topic"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("consumerGroup", ConsumerGroup);
        fields.Add("topic", Topic);
    }
}

/// <summary>220 and 222.</summary>
/// <param name="TimestampMs">Unix ms; -1: to the end.</param>
/// <param name="IsForce">Also forwards.</param>
public readonly record struct ResetOffsetRequest(string Topic, string Group, long TimestampMs, bool IsForce)
    : IRocketMqHeader
{
    public static ResetOffsetRequest Read(RocketMqFields fields) =>
        new(fields.Text("topic"), fields.Text("group"), fields.Long("timestamp"), fields.Bool("isForce"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("topic", Topic);
        fields.Add("group", Group);
        fields.Add("timestamp", TimestampMs);
        fields.Add("isForce", IsForce);
    }
}

/// <summary>315.</summary>
public readonly record struct ViewBrokerStatsRequest(string StatsName, string StatsKey) : IRocketMqHeader
{
    public static ViewBrokerStatsRequest Read(RocketMqFields fields) =>
        new(fields.Text("statsName"), fields.Text("statsKey"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("statsName", StatsName);
        fields.Add("statsKey", StatsKey);
    }
}

/// <summary>303.</summary>
public readonly record struct ConsumeTimeSpanRequest(string Topic, string Group) : IRocketMqHeader
{
    public static ConsumeTimeSpanRequest Read(RocketMqFields fields) =>
        new(fields.Text("topic"), fields.Text("group"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("topic", Topic);
        fields.Add("group", Group);
    }
}
