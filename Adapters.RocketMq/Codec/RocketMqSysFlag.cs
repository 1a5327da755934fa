namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>The bits of a message's sysFlag (specification section 8).</summary>
public static class RocketMqSysFlag
{
    public const int Compressed = 1;
    public const int MultiTags = 2;

    /// <summary>Mask of the next three.</summary>
    public const int TransactionMask = 12;
    public const int Prepared = 4;
    public const int Commit = 8;
    public const int Rollback = 12;

    /// <summary>Only readers from 4.6 on know these two; we never write them.</summary>
    public const int BornHostV6 = 16;
    public const int StoreHostV6 = 32;
}
