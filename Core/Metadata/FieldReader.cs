using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// Reads what <see cref="FieldWriter"/> wrote. Commands and states come from members of the cluster, so that
/// a malformed one is a <see cref="MalformedException"/>; no length makes it allocate more than the input has bytes.
/// </summary>
internal ref struct FieldReader(ReadOnlySpan<byte> input)
{
    /// <summary>What a <see cref="Replica"/> takes.</summary>
    public const int ReplicaBytes = sizeof(int) + 16;

    private ReadOnlySpan<byte> _rest = input;

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw new MalformedException("a truth value is 0 or 1"),
    };

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public Guid Guid() => new(Take(16));

    public string Text()
    {
        ReadOnlySpan<byte> bytes = Take(Int32());
        MalformedException.ThrowIf(!Utf8.IsValid(bytes), "a text is not UTF-8");
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A copy: to keep a part of a batch would keep the whole batch in memory.</summary>
    public byte[] Block() => Take(Int32()).ToArray();

    public long? OptionalInt64() => Bool() ? Int64() : null;

    public int? OptionalInt32()
    {
        long? value = OptionalInt64();
        MalformedException.ThrowIf(value is < int.MinValue or > int.MaxValue, "a number is too large");
        return (int?)value;
    }

    public string? OptionalText() => Bool() ? Text() : null;

    /// <summary>Number of elements that follow.</summary>
    /// <param name="leastBytes">Least bytes of one.</param>
    public int Count(int leastBytes)
    {
        int count = Int32();
        MalformedException.ThrowIf(count < 0 || count > _rest.Length / leastBytes, "a list is longer than its input");
        return count;
    }

    public string[] Texts()
    {
        string[] values = new string[Count(sizeof(int))];
        for (int i = 0; i < values.Length; i++)
            values[i] = Text();
        return values;
    }

    public NodeIncarnation Incarnation() => new(new NodeId(Int32()), Int64());

    public Replica Replica() => new(new NodeId(Int32()), Guid());

    public ConnectionKey Connection() => new(Incarnation(), Int64());

    public T Enum<T>(T last)
        where T : struct, Enum
    {
        byte value = Byte();
        MalformedException.ThrowIf(value > System.Convert.ToByte(last), "an unknown value of an enumeration");
        return (T)System.Enum.ToObject(typeof(T), value);
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        MalformedException.ThrowIf(bytes < 0 || bytes > _rest.Length, "the input of the directory ends early");
        ReadOnlySpan<byte> taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}
