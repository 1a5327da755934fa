using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a node is made of beside its settings: the world around it, which a simulation replaces.</summary>
/// <param name="Store">Its disk; disposed of with the node.</param>
/// <param name="Record">Its cluster; null: it has none yet.</param>
/// <param name="Time">Every clock and timer of the node.</param>
/// <param name="Loggers">For operators.</param>
internal sealed record NodeParts(
    ILogStore Store, BootstrapRecord? Record, TimeProvider Time, ILoggerFactory Loggers)
{
    /// <summary>The way to the peers; null: TCP.</summary>
    public Func<IPeerHandler, IPeerTransport>? Transport { get; init; }

    public Func<GroupHost, IGroupRunner> Runner { get; init; } = static group => new GroupThread(group);

    public Func<int, int> NextRandom { get; init; } = Random.Shared.Next;

    public IApplyWatch? Watch { get; init; }
}
