using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Writes frames. Keeps a buffer for headers, so it serves one connection; not
/// thread-safe.</summary>
public sealed class RocketMqWriter
{
    private const int SerializationShift = 24;

    private readonly ArrayBufferWriter<byte> _header = new();
    private Utf8JsonWriter? _json;

    /// <summary>Appends one frame; the body is copied.</summary>
    public void Write(RocketMqCommand command, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(output);
        _header.ResetWrittenCount();
        if (command.Serialization == RocketMqSerialization.Json)
            RocketMqJsonHeader.Write(command, Json());
        else
            RocketMqBinaryHeader.Write(command, _header);

        int headerBytes = _header.WrittenCount;
        Span<byte> prefix = output.GetSpan(RocketMqReader.PrefixBytes);
        BinaryPrimitives.WriteInt32BigEndian(prefix, sizeof(int) + headerBytes + command.Body.Length);
        BinaryPrimitives.WriteInt32BigEndian(
            prefix[sizeof(int)..], ((int)command.Serialization << SerializationShift) | headerBytes);
        output.Advance(RocketMqReader.PrefixBytes);
        output.Write(_header.WrittenSpan);
        output.Write(command.Body.Span);
    }

    private Utf8JsonWriter Json()
    {
        if (_json is null)
            return _json = RocketMqJsonHeader.NewWriter(_header);
        // It counts and nests anew.
        _json.Reset();
        return _json;
    }
}
