using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The blocks of one group in the node's store. Group thread only.</summary>
public interface IGroupBlocks : IBlockStore
{
    /// <summary>All that is there now, for a snapshot; forgotten blocks stay in it.</summary>
    IBlockSet Capture();
}
