using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Benchmarks.Load.Amqp;

/// <summary>Puts a method frame together, argument by argument.</summary>
public sealed class AmqpArguments
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public AmqpArguments(uint method) => Long(method);

    public AmqpArguments Octet(byte value)
    {
        _bytes.Write([value]);
        return this;
    }

    public AmqpArguments Short(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.GetSpan(2), value);
        _bytes.Advance(2);
        return this;
    }

    public AmqpArguments Long(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
        return this;
    }

    public AmqpArguments LongLong(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    public AmqpArguments ShortText(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Octet(checked((byte)bytes.Length));
        _bytes.Write(bytes);
        return this;
    }

    public AmqpArguments LongText(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Long((uint)bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A table of texts, truths and tables.</summary>
    public AmqpArguments Table(params (string Name, object Value)[] fields)
    {
        byte[] table = TableBytes(fields);
        Long((uint)table.Length);
        _bytes.Write(table);
        return this;
    }

    public byte[] Frame(int channel)
    {
        byte[] frame = new byte[AmqpFrame.HeaderBytes + _bytes.WrittenCount + 1];
        AmqpFrame.WriteHeader(frame, AmqpFrame.Method, channel, _bytes.WrittenCount);
        _bytes.WrittenSpan.CopyTo(frame.AsSpan(AmqpFrame.HeaderBytes));
        frame[^1] = AmqpFrame.End;
        return frame;
    }

    private static byte[] TableBytes((string Name, object Value)[] fields)
    {
        var table = new AmqpArguments(0);
        foreach ((string name, object value) in fields)
        {
            table.ShortText(name);
            _ = value switch
            {
                string text => table.Octet((byte)'S').LongText(text),
                bool truth => table.Octet((byte)'t').Octet(truth ? (byte)1 : (byte)0),
                (string, object)[] inner => table.Octet((byte)'F').Table(inner),
                _ => throw new ArgumentException($"{name} is a {value.GetType()}", nameof(fields)),
            };
        }

        // Without the method number that every list of arguments begins with.
        return table._bytes.WrittenSpan[4..].ToArray();
    }
}
