using System.Diagnostics.CodeAnalysis;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>A topic as a broker has it.</summary>
/// <param name="Perm">See the constants.</param>
/// <param name="SysFlag">Of units; kept and shown only.</param>
/// <param name="Order">Shown only: ordering is the client's choice of queue.</param>
public sealed record TopicConfig(string Name, int ReadQueueNums, int WriteQueueNums, int Perm, int SysFlag, bool Order)
{
    public const int PermInherit = 1;
    public const int PermWrite = 2;
    public const int PermRead = 4;
    public const int PermReadWrite = PermRead | PermWrite;

    private const string Filter = "SINGLE_TAG";

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    [return: NotNullIfNotNull(nameof(otherwise))]
    public static TopicConfig? Read(ReadOnlySpan<byte> json, TopicConfig? otherwise)
    {
        if (json.IsEmpty || json[0] != '{')
            return otherwise;
        RocketMqJson config = RocketMqJson.Parse(json);
        return config["topicName"]?.Text is { } name
            ? new(name, config.IntOf("readQueueNums"), config.IntOf("writeQueueNums"),
                config.IntOf("perm", PermReadWrite), config.IntOf("topicSysFlag"), config.BoolOf("order"))
            : otherwise;
    }

    public void Write(RocketMqJsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.StartObject().Member("order", Order).Member("perm", Perm).Member("readQueueNums", ReadQueueNums)
            .Member("topicFilterType", Filter).Member("topicName", Name).Member("topicSysFlag", SysFlag)
            .Member("writeQueueNums", WriteQueueNums).EndObject();
    }
}
