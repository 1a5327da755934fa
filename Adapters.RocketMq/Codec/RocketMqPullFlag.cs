namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>The bits of a pull's sysFlag (specification section 11).</summary>
public static class RocketMqPullFlag
{
    /// <summary>Also commit the offset that the request carries.</summary>
    public const int CommitOffset = 1;

    /// <summary>May be kept waiting.</summary>
    public const int Suspend = 2;

    /// <summary>The filter stands in the request.</summary>
    public const int Subscription = 4;
    public const int ClassFilter = 8;
}
