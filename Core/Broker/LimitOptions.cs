namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>The broker's limits (configuration section <c>Limits</c>); bytes unless said otherwise.</summary>
public sealed record LimitOptions
{
    public int MaxMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Publishes of one connection that wait for their answer, before its reading stops.</summary>
    public int ConnectionPendingBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>All messages of this node's local group.</summary>
    public long LocalBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>Connections per listener, a count.</summary>
    public int MaxConnections { get; init; } = 100_000;

    /// <summary>Queues and topics per namespace, a count each.</summary>
    public int MaxEntities { get; init; } = 1_000_000;

    /// <summary>Messages of one partition that one search for a key looks at, a count.</summary>
    public int KeySearchMessages { get; init; } = 10_000;

    /// <summary>Unsettled messages per consumer, a count; its delivery pauses there.</summary>
    public int MaxHeldPerConsumer { get; init; } = 65_536;

    /// <summary>Filters that one connection listens by in memory, a count; above: LimitReached.</summary>
    public int MaxFiltersPerConnection { get; init; } = 10_000;

    /// <summary>The same of all connections of a node, a count.</summary>
    public int MaxFilters { get; init; } = 1_000_000;

    /// <summary>What listeners on another node hear, on its way to that node; more is dropped and counted.</summary>
    public long ForwardBytes { get; init; } = 8L * 1024 * 1024;
}
