using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Little-endian primitives for snapshots and messages between nodes.</summary>
public static class StateWriter
{
    extension(IBufferWriter<byte> output)
    {
        public void WriteByte(byte value)
        {
            output.GetSpan(1)[0] = value;
            output.Advance(1);
        }

        public void WriteInt32(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), value);
            output.Advance(4);
        }

        public void WriteInt64(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
            output.Advance(8);
        }

        public void WriteGuid(Guid value)
        {
            value.TryWriteBytes(output.GetSpan(16));
            output.Advance(16);
        }

        /// <summary>Length as int32, then the bytes.</summary>
        public void WriteBytes(ReadOnlySpan<byte> value)
        {
            output.WriteInt32(value.Length);
            output.Write(value);
        }

        /// <summary>UTF-8, length as int32 before it.</summary>
        public void WriteText(string value) => output.WriteBytes(Encoding.UTF8.GetBytes(value));
    }
}
