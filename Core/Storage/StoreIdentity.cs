using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The small file <c>store</c>: magic 8, format version 4, CRC 4, UUID 16, incarnation 8, next segment 8.
/// Written anew at every opening, before anything else is.
/// </summary>
/// <param name="StoreId">Drawn when the store was made.</param>
/// <param name="Incarnation">Openings so far.</param>
/// <param name="NextSegment">Lowest segment number never used.</param>
internal sealed record StoreIdentity(Guid StoreId, long Incarnation, long NextSegment)
{
    private const string FileName = "store";
    private const int FormatVersion = 3;
    private const int Size = 48;
    private const int CrcAt = 12;

    private static ReadOnlySpan<byte> Magic => "CMQSTORE"u8;

    /// <summary>Null when the directory has no store yet.</summary>
    /// <exception cref="LogStoreException">Damaged, or of a format that this version does not
    /// know.</exception>
    public static StoreIdentity? Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
            return null;

        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length != Size || !bytes.AsSpan(0, 8).SequenceEqual(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(CrcAt)) != Checksum(bytes))
        {
            throw new StoreDamageException($"{path} is damaged.");
        }

        var fields = new FieldReader(bytes.AsSpan(8));
        int version = fields.Int32();
        if (version != FormatVersion)
            throw new LogStoreException($"{path} has format {version}; this version knows format {FormatVersion}.");
        _ = fields.UInt32();
        return new StoreIdentity(fields.Guid(), fields.Int64(), fields.Int64());
    }

    public void Write(string directory)
    {
        byte[] bytes = new byte[Size];
        var fields = new FieldWriter(bytes);
        fields.Bytes(Magic);
        fields.Int32(FormatVersion);
        fields.UInt32(0);
        fields.Guid(StoreId);
        fields.Int64(Incarnation);
        fields.Int64(NextSegment);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcAt), Checksum(bytes));
        AtomicFile.Replace(Path.Combine(directory, FileName), stream => stream.Write(bytes));
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) =>
        ~Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes[..CrcAt]), bytes[(CrcAt + sizeof(uint))..]);
}
