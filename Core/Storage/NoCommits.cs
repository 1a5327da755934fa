using FASTER.core;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>FASTER's commit records are not kept: the frames carry all that recovery needs, and a record per
/// commit costs more than the commit.</summary>
internal sealed class NoCommits : ILogCommitManager
{
    public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
        // Nothing to keep, see above.
    }

    public IEnumerable<long> ListCommits() => [];

    public byte[] GetCommitMetadata(long commitNum) => throw new InvariantException("no commit record exists");

    public void RemoveCommit(long commitNum) => throw new InvariantException("no commit record exists");

    public void RemoveAllCommits()
    {
        // There are none.
    }

    public void OnRecovery(long commitNum) => throw new InvariantException("FASTER's own recovery is not used");

    public void Dispose()
    {
        // Holds nothing.
    }
}
