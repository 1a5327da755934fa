using System.Buffers.Binary;
using System.Text;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Walks through an encoded command. Commands are made by our own nodes, so a malformed one is our bug:
/// every read past the end is a violated invariant.
/// </summary>
public ref struct QueueCommandReader(ReadOnlyMemory<byte> input)
{
    private readonly ReadOnlySpan<byte> _bytes = input.Span;
    private int _position = 0;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _bytes.Length - _position;

    public QueueCommandKind ReadKind() => (QueueCommandKind)ReadByte();

    public byte ReadByte() => Take(1)[0];

    public bool ReadFlag() => ReadByte() != 0;

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>A count or length; never more than the bytes that are left could hold.</summary>
    public int ReadCount()
    {
        int value = ReadNumber();
        Invariant.Check(value <= Remaining, "a count in a queue command exceeds the command");
        return value;
    }

    /// <summary>A count of what is not here, and so has no bytes that could bound it.</summary>
    /// <param name="most">Its bound.</param>
    public int ReadCountElsewhere(int most)
    {
        int value = ReadNumber();
        Invariant.Check(value <= most, "a count in a queue command exceeds its bound");
        return value;
    }

    private int ReadNumber()
    {
        uint value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = ReadByte();
            Invariant.Check(shift < 28 || part <= 0x07, "a count in a queue command is too large");
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
                break;
        }

        return checked((int)value);
    }

    public string ReadString() => Encoding.UTF8.GetString(Take(ReadCount()));

    /// <summary>A string that others have had before, mostly.</summary>
    internal string ReadString(RepeatedTexts texts) => texts.Get(Take(ReadCount()));

    public string[] ReadStrings()
    {
        int count = ReadCount();
        if (count == 0)
            return [];
        var values = new string[count];
        for (int i = 0; i < count; i++)
            values[i] = ReadString();
        return values;
    }

    /// <summary>Skips a string without decoding it.</summary>
    public void SkipString() => Take(ReadCount());

    /// <summary>Bytes with their length before them; shares the command's memory.</summary>
    public ReadOnlyMemory<byte> ReadBytes() => ReadMemory(ReadCount());

    /// <summary>The next bytes; shares the command's memory.</summary>
    public ReadOnlyMemory<byte> ReadMemory(int count)
    {
        int start = _position;
        Take(count);
        return input.Slice(start, count);
    }

    public QueueId ReadQueue() => new(ReadInt64());

    public NodeIncarnation ReadNode() => new(new NodeId(ReadInt32()), ReadInt64());

    public ConnectionKey ReadConnection() => new(ReadNode(), ReadInt64());

    public ConsumerKey ReadConsumer() => new(ReadConnection(), ReadInt32());

    public RequestId ReadRequest() => new(ReadNode(), ReadInt64());

    public UnitRef ReadUnit() => new(ReadInt64(), ReadInt32());

    public SequenceRange ReadRange()
    {
        var range = new SequenceRange(ReadInt64(), ReadInt64());
        Invariant.Check(
            range.First >= 0 && range.Count >= 0 && range.Count <= long.MaxValue - range.First,
            "a queue command names messages beyond all numbers");
        return range;
    }

    public QueueId[] ReadQueues()
    {
        var queues = new QueueId[ReadCount()];
        for (int i = 0; i < queues.Length; i++)
            queues[i] = ReadQueue();
        return queues;
    }

    /// <summary>Nothing may follow.</summary>
    public readonly void End() => Invariant.Check(Remaining == 0, "a queue command has bytes after its end");

    private ReadOnlySpan<byte> Take(int count)
    {
        Invariant.Check(count <= Remaining, "a queue command is shorter than it says");
        ReadOnlySpan<byte> taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }
}
