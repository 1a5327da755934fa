namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>What a consumer group wants of a topic (specification section 12).</summary>
/// <param name="Expression">The client's own words, such as <c>TagA || TagB</c>.</param>
/// <param name="Version">The client's clock when it subscribed; a newer one wins.</param>
/// <param name="ExpressionType">Null: by tag.</param>
public sealed record SubscriptionData(
    string Topic, string Expression, long Version, IReadOnlyList<string> Tags, string? ExpressionType = null)
{
    public const string All = "*";
    public const string ByTag = "TAG";

    /// <summary>The expression is one of tags.</summary>
    public bool IsTagFilter => ExpressionType is null or "" or ByTag;

    /// <summary>Cuts an expression of tags. Empty and <c>*</c> are everything.</summary>
    public static SubscriptionData Parse(string topic, string? expression, long version, string? expressionType)
    {
        expression = expression?.Trim();
        bool isAll = string.IsNullOrEmpty(expression) || expression == All;
        bool byTag = expressionType is null or "" or ByTag;
        return new(topic, isAll ? All : expression!, version,
            isAll || !byTag ? [] : expression!.Split("||", Options), expressionType);
    }

    public static SubscriptionData Read(RocketMqJson json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(
            json.TextOf("topic"), json["subString"]?.Text ?? All, json.LongOf("subVersion"),
            [.. json.ItemsOf("tagsSet").Select(tag => tag.Text ?? "")], json["expressionType"]?.Text);
    }

    /// <summary>Hashes of the tags; null = everything.</summary>
    public int[]? TagHashes() =>
        Tags.Count == 0 ? null : [.. Tags.Select(tag => RocketMqHash.Of(tag)).Distinct()];

    public void Write(RocketMqJsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.StartObject().Member("classFilterMode", false).Name("codeSet").StartArray();
        foreach (string tag in Tags)
            json.Number(RocketMqHash.Of(tag));
        json.EndArray().Member("expressionType", ExpressionType).Member("subString", Expression)
            .Member("subVersion", Version).Member("tagsSet", Tags).Member("topic", Topic).EndObject();
    }

    private const StringSplitOptions Options =
        StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
}
