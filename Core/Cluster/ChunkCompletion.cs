using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A chunk of a large body is stored; the publish that follows it has the answer that counts.</summary>
internal sealed class ChunkCompletion(BrokerConnection connection) : ILaneCompletion
{
    public void Completed(ulong tag, int bytes, Answer answer) => connection.Release(bytes);

    public void Flush()
    {
        // Nobody is told of a chunk.
    }
}
