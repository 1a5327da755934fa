namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>How a topic matches. On disk: never renumber.</summary>
public enum TopicKind : byte
{
    /// <summary>The nameless topic: routes by queue name, has no bindings.</summary>
    Default = 0,

    /// <summary>The binding's key equals the routing key.</summary>
    Direct = 1,

    /// <summary>Every binding.</summary>
    Fanout = 2,

    /// <summary>The binding's key is a pattern of levels: <c>*</c> is one level, <c>#</c> any number.</summary>
    Pattern = 3,

    /// <summary>By header values.</summary>
    Headers = 4,
}
