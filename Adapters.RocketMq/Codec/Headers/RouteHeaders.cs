namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

/// <summary>105, 202, 215, 216, 300: a topic.</summary>
public readonly record struct TopicRequest(string Topic) : IRocketMqHeader
{
    public static TopicRequest Read(RocketMqFields fields) => new(fields.Text("topic"));

    public void Write(RocketMqFields fields) => fields.Add("topic", Topic);
}

/// <summary>224.</summary>
public readonly record struct ClusterRequest(string Cluster) : IRocketMqHeader
{
    public static ClusterRequest Read(RocketMqFields fields) => new(fields.Text("cluster"));

    public void Write(RocketMqFields fields) => fields.Add("cluster", Cluster);
}

/// <summary>205.</summary>
public readonly record struct WipeWritePermRequest(string BrokerName) : IRocketMqHeader
{
    public static WipeWritePermRequest Read(RocketMqFields fields) => new(fields.Text("brokerName"));

    public void Write(RocketMqFields fields) => fields.Add("brokerName", BrokerName);
}

/// <summary>100, 101, 102.</summary>
/// <param name="Value">Of 100 only.</param>
public readonly record struct KvConfigRequest(string Namespace, string Key, string? Value) : IRocketMqHeader
{
    public static KvConfigRequest Read(RocketMqFields fields) =>
        new(fields.Text("namespace"), fields.Text("key"), fields.TextOrNull("value"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("namespace", Namespace);
        fields.Add("key", Key);
        fields.Add("value", Value);
    }
}

/// <summary>219.</summary>
public readonly record struct KvNamespaceRequest(string Namespace) : IRocketMqHeader
{
    public static KvNamespaceRequest Read(RocketMqFields fields) => new(fields.Text("namespace"));

    public void Write(RocketMqFields fields) => fields.Add("namespace", Namespace);
}

/// <summary>Answer to 101.</summary>
public readonly record struct KvConfigResponse(string Value) : IRocketMqHeader
{
    public static KvConfigResponse Read(RocketMqFields fields) => new(fields.Text("value"));

    public void Write(RocketMqFields fields) => fields.Add("value", Value);
}
