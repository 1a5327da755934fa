using System.Buffers;

namespace Cmq.MultiProtocol.Connections;

/// <summary>An output that can send memory from where it lies, without copying it first.</summary>
public interface ISharingOutput : IBufferWriter<byte>
{
    /// <summary>Sends <paramref name="shared"/> after what was written so far.</summary>
    /// <param name="shared">Never changes any more, and stays valid as long as it is referenced.</param>
    void Append(ReadOnlyMemory<byte> shared);
}
