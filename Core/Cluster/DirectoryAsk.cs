using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Requests to the leader of the directory.</summary>
internal abstract record DirectoryAsk
{
    /// <summary>I live, and have applied the directory up to an index. Registers a life that is not known yet.</summary>
    /// <returns><see cref="Reply.Ok"/>, or <see cref="Reply.Gone"/> when this life is not (or no longer) registered.</returns>
    /// <param name="StoreId">The node's disk.</param>
    /// <param name="Address">Where its peers reach it, for listings.</param>
    /// <param name="AppliedIndex">What it has applied: the word at once may have been lost.</param>
    public sealed record Renew(Guid StoreId, string Address, long AppliedIndex) : DirectoryAsk
    {
        /// <summary>What the node advertises, in ordinal order of services; what differs from the directory's reaches
        /// it by another registration.</summary>
        public IReadOnlyList<ServiceAddress> Services { get; init; } = [];
    }

    /// <summary>This node has applied the directory up to an index. No response.</summary>
    public sealed record Applied(long Index) : DirectoryAsk;

    /// <summary>Answered when every node with a live lease routes by what the leader has now; with a queue: not
    /// before it is ready, or gone.</summary>
    public sealed record AwaitTopology(QueueId? Queue, bool Gone) : DirectoryAsk;

    /// <summary>This life ends in good order. <see cref="Reply.Ok"/> when the directory has it.</summary>
    public sealed record Leave : DirectoryAsk;
}
