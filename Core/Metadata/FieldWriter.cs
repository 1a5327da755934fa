using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Writes the fields of commands and of the state: little-endian, texts and blocks behind their
/// length.</summary>
internal readonly struct FieldWriter(IBufferWriter<byte> output)
{
    // Strict: a text that cannot be written as it is must not become another one.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), value);
        output.Advance(sizeof(int));
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), value);
        output.Advance(sizeof(long));
    }

    public void Guid(Guid value)
    {
        Invariant.Check(value.TryWriteBytes(output.GetSpan(16)), "a GUID has 16 bytes");
        output.Advance(16);
    }

    /// <exception cref="ArgumentException">The text is not well-formed UTF-16.</exception>
    public void Text(string value)
    {
        int bytes = Utf8.GetByteCount(value);
        Int32(bytes);
        output.Advance(Utf8.GetBytes(value, output.GetSpan(bytes)));
    }

    public void Block(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        output.Write(value);
    }

    public void OptionalInt64(long? value)
    {
        Bool(value.HasValue);
        if (value is { } present)
            Int64(present);
    }

    public void OptionalText(string? value)
    {
        Bool(value is not null);
        if (value is not null)
            Text(value);
    }

    public void Texts(IReadOnlyList<string> values)
    {
        Int32(values.Count);
        foreach (string value in values)
            Text(value);
    }

    public void Incarnation(NodeIncarnation value)
    {
        Int32(value.Node.Value);
        Int64(value.Incarnation);
    }

    public void Replica(Replica value)
    {
        Int32(value.Node.Value);
        Guid(value.Store);
    }

    public void Connection(ConnectionKey value)
    {
        Incarnation(value.Owner);
        Int64(value.Number);
    }
}
