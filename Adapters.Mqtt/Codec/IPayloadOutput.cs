using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>An output that can take memory as it is instead of a copy.</summary>
public interface IPayloadOutput : IBufferWriter<byte>
{
    /// <summary>Sends memory that never changes and stays valid as long as it is referenced.</summary>
    void Append(ReadOnlyMemory<byte> shared);
}
