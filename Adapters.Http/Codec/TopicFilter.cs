namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>What a topic's subscriptions choose by (spec section 6.7). The numbers are the attribute filterType's,
/// and on disk.</summary>
public enum TopicFilter : byte
{
    /// <summary>Subscriptions name tags; one without tags gets everything.</summary>
    Tags = 1,

    /// <summary>Subscriptions have patterns for the routing key.</summary>
    BindingKeys = 2,
}
