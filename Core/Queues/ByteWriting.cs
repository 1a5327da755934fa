using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Little-endian primitives of commands and snapshots; the counterpart of <see cref="QueueCommandReader"/>.
/// </summary>
internal static class ByteWriting
{
    extension(IBufferWriter<byte> output)
    {
        public void PutByte(byte value)
        {
            output.GetSpan(1)[0] = value;
            output.Advance(1);
        }

        public void PutFlag(bool value) => output.PutByte(value ? (byte)1 : (byte)0);

        public void PutInt32(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), value);
            output.Advance(4);
        }

        public void PutInt64(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
            output.Advance(8);
        }

        /// <summary>A count or a length: seven bits a byte, low ones first.</summary>
        public void PutCount(int value)
        {
            uint rest = (uint)value;
            Span<byte> span = output.GetSpan(5);
            int used = 0;
            while (rest >= 0x80)
            {
                span[used++] = unchecked((byte)(rest | 0x80));
                rest >>= 7;
            }

            span[used++] = (byte)rest;
            output.Advance(used);
        }

        public void PutString(string value)
        {
            int bytes = Encoding.UTF8.GetByteCount(value);
            output.PutCount(bytes);
            Encoding.UTF8.GetBytes(value, output.GetSpan(bytes));
            output.Advance(bytes);
        }

        public void PutStrings(IReadOnlyList<string>? values)
        {
            int count = values?.Count ?? 0;
            output.PutCount(count);
            for (int i = 0; i < count; i++)
                output.PutString(values![i]);
        }

        public void PutBytes(ReadOnlySpan<byte> value)
        {
            output.PutCount(value.Length);
            output.Write(value);
        }

        public void PutSequence(in ReadOnlySequence<byte> value)
        {
            foreach (ReadOnlyMemory<byte> part in value)
                output.Write(part.Span);
        }

        public void PutNode(NodeIncarnation node)
        {
            output.PutInt32(node.Node.Value);
            output.PutInt64(node.Incarnation);
        }

        public void PutConnection(ConnectionKey connection)
        {
            output.PutNode(connection.Owner);
            output.PutInt64(connection.Number);
        }

        public void PutConsumer(ConsumerKey consumer)
        {
            output.PutConnection(consumer.Connection);
            output.PutInt32(consumer.Number);
        }

        public void PutRequest(RequestId request)
        {
            output.PutNode(request.Node);
            output.PutInt64(request.Number);
        }

        public void PutUnit(UnitRef unit)
        {
            output.PutInt64(unit.Index);
            output.PutInt32(unit.Slot);
        }

        public void PutRanges(ReadOnlySpan<SequenceRange> ranges)
        {
            output.PutCount(ranges.Length);
            foreach (SequenceRange range in ranges)
            {
                output.PutInt64(range.First);
                output.PutInt64(range.Count);
            }
        }

        public void PutQueues(ReadOnlySpan<QueueId> queues)
        {
            output.PutCount(queues.Length);
            foreach (QueueId queue in queues)
                output.PutInt64(queue.Value);
        }
    }
}
