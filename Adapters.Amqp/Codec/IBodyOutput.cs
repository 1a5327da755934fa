using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>An output that can send memory on without copying it first.</summary>
public interface IBodyOutput : IBufferWriter<byte>
{
    /// <summary>Sends <paramref name="shared"/> after what was written so far.</summary>
    /// <param name="shared">Must not change any more.</param>
    void Append(ReadOnlyMemory<byte> shared);
}
