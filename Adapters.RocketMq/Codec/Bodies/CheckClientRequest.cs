namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>Body of 46: may this group filter so?</summary>
public sealed record CheckClientRequest(string? ClientId, string? Group, SubscriptionData? Subscription)
{
    /// <exception cref="RocketMqProtocolException">It cannot be read.</exception>
    public static CheckClientRequest Read(ReadOnlySpan<byte> body)
    {
        RocketMqJson json = RocketMqJson.Parse(body);
        return new(
            json["clientId"]?.Text, json["group"]?.Text,
            json["subscriptionData"] is { Members.Count: > 0 } data ? SubscriptionData.Read(data) : null);
    }
}
