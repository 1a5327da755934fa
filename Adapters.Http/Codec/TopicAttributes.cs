namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>A topic's attributes (spec section 4.3).</summary>
/// <param name="MaxMsgSize">Bytes.</param>
/// <param name="Filter">Fixed at creation.</param>
/// <param name="CreatedMs">Clock of the node that made it, Unix ms; 0 = not known.</param>
/// <param name="ChangedMs">The same for the last change.</param>
public sealed record TopicAttributes(int MaxMsgSize, TopicFilter Filter, long CreatedMs, long ChangedMs);
