using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The blocks of a group at one moment; readable on any thread, one at a time, until disposed.</summary>
public interface IBlockSet : IDisposable
{
    IReadOnlyList<BlockName> Names { get; }

    /// <summary>A copy of one block, checked.</summary>
    /// <param name="position">Its place in <see cref="Names"/>.</param>
    /// <exception cref="LogStoreException">It is damaged; the store has failed.</exception>
    byte[] Read(int position);
}
