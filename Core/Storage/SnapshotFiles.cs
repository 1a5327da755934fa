using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Cmq.MultiProtocol.Core.Consensus;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The folder <c>snapshots</c>: one file <c>group-index.snap</c> per group. Head: magic 8, version 4, CRC 4,
/// head bytes 4, group 4, store UUID 16, index 8, term 8, table bytes 8, state bytes 8, begun at sequence 8, counts
/// when installed 4, length 4 and bytes of the configuration (<see cref="GroupMembersCodec"/>); then the table of
/// named blocks (<see cref="BlockTable"/>) and the state, in pieces of at most 1 MiB: length 4, CRC 4, bytes.
/// </summary>
internal sealed class SnapshotFiles(string directory, Guid storeId, ISnapshotSink? sink = null)
{
    private const int BlockBytes = 1 << 20;
    private const int BlockHeaderBytes = 8;
    private const int FixedHeadBytes = 84;
    private const int FormatVersion = 3;
    private const int CrcAt = 12;
    private const string Suffix = ".snap";

    private readonly ISnapshotSink _sink = sink ?? new FileSnapshotSink();

    private static ReadOnlySpan<byte> Magic => "CMQSNAPS"u8;

    public string PathOf(GroupId group, long index) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{group.Value}-{index:D20}{Suffix}"));

    /// <summary>Blocks until the file is durable under its name, which it gets last: a crash leaves no half of it.</summary>
    public void Write(GroupId group, SnapshotMark mark, ReadOnlyMemory<byte> table, ReadOnlySequence<byte> state,
        long sequence, bool countsWhenInstalled = false)
    {
        byte[] head = EncodeHead(
            group, new SnapshotHead(mark, table.Length, state.Length, sequence, countsWhenInstalled));
        ReadOnlySequence<byte> content = Join(table, state);
        string path = PathOf(group, mark.Index);
        using (SafeFileHandle file = File.OpenHandle(
            path + AtomicFile.TemporarySuffix, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            _sink.Write(file, head, 0);
            WriteContent(file, head.Length, group, mark.Index, content);
            _sink.Flush(file);
        }

        _sink.Rename(path + AtomicFile.TemporarySuffix, path);
    }

    /// <exception cref="StoreDamageException">The file is damaged or gone.</exception>
    public (SnapshotMark Mark, ReadOnlySequence<byte> State) Read(GroupId group, long index)
    {
        using FileStream stream = OpenFile(group, index);
        SnapshotHead head = ReadHead(stream, group, index);
        ReadOnlySequence<byte> content = ReadContent(stream, group, index, head, head.TableBytes + head.StateBytes);
        if (stream.Position != stream.Length)
            throw Damaged(group, index, "bytes follow its end");
        return (head.Mark, content.Slice(head.TableBytes));
    }

    /// <summary>The blocks that it names, encoded.</summary>
    /// <exception cref="StoreDamageException">The file is damaged or gone.</exception>
    public byte[] ReadTable(GroupId group, long index)
    {
        using FileStream stream = OpenFile(group, index);
        SnapshotHead head = ReadHead(stream, group, index);
        return ReadContent(stream, group, index, head, head.TableBytes).Slice(0, head.TableBytes).ToArray();
    }

    /// <summary>Reads all of it, and keeps nothing but the blocks that it names.</summary>
    /// <param name="group">The group.</param>
    /// <param name="index">Its index.</param>
    /// <param name="read">Hears the bytes of each piece.</param>
    /// <exception cref="StoreDamageException">The file is damaged or gone.</exception>
    public byte[] Check(GroupId group, long index, Action<int> read)
    {
        using FileStream stream = OpenFile(group, index);
        SnapshotHead head = ReadHead(stream, group, index);
        long left = head.TableBytes + head.StateBytes;
        using var table = new MemoryStream();
        for (long number = 0; left > 0; number++)
        {
            byte[] block = ReadBlock(stream, group, index, number, left);
            table.Write(block.AsSpan(0, (int)Math.Min(block.Length, head.TableBytes - table.Length)));
            left -= block.Length;
            read(block.Length);
        }

        return table.ToArray();
    }

    /// <summary>The head only.</summary>
    /// <exception cref="LogStoreException">It is damaged.</exception>
    public SnapshotHead ReadHead(GroupId group, long index)
    {
        using FileStream stream = OpenFile(group, index);
        return ReadHead(stream, group, index);
    }

    /// <summary>All files, whole or not; removes what an interrupted write left.</summary>
    public IReadOnlyList<(GroupId Group, long Index)> List()
    {
        foreach (string leftover in Directory.EnumerateFiles(directory, "*" + AtomicFile.TemporarySuffix))
            File.Delete(leftover);

        List<(GroupId, long)> found = [];
        foreach (string path in Directory.EnumerateFiles(directory, "*" + Suffix))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            int dash = name.LastIndexOf('-');
            if (dash <= 0
                || !int.TryParse(name.AsSpan(0, dash), CultureInfo.InvariantCulture, out int group)
                || !long.TryParse(name.AsSpan(dash + 1), CultureInfo.InvariantCulture, out long index))
            {
                throw new LogStoreException($"{path} is not a snapshot's name.");
            }

            found.Add((new GroupId(group), index));
        }

        return found;
    }

    public void Delete(GroupId group, long index) => _sink.Delete(PathOf(group, index));

    public long BytesOf(GroupId group, long index) => new FileInfo(PathOf(group, index)).Length;

    private void WriteContent(
        SafeFileHandle file, long offset, GroupId group, long index, ReadOnlySequence<byte> content)
    {
        byte[] block = new byte[BlockHeaderBytes + (int)Math.Min(BlockBytes, content.Length)];
        long number = 0;
        for (ReadOnlySequence<byte> left = content; !left.IsEmpty; number++)
        {
            int length = (int)Math.Min(BlockBytes, left.Length);
            left.Slice(0, length).CopyTo(block.AsSpan(BlockHeaderBytes));
            BinaryPrimitives.WriteInt32LittleEndian(block, length);
            Span<byte> bytes = block.AsSpan(BlockHeaderBytes, length);
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), BlockChecksum(group, index, number, bytes));
            _sink.Write(file, block.AsSpan(0, BlockHeaderBytes + length), offset);
            offset += BlockHeaderBytes + length;
            left = left.Slice(length);
        }
    }

    private byte[] EncodeHead(GroupId group, SnapshotHead snapshot)
    {
        SnapshotMark mark = snapshot.Mark;
        byte[] members = GroupMembersCodec.ToBytes(mark.Members);
        byte[] head = new byte[FixedHeadBytes + sizeof(int) + members.Length];
        var fields = new FieldWriter(head);
        fields.Bytes(Magic);
        fields.Int32(FormatVersion);
        fields.UInt32(0);
        fields.Int32(head.Length);
        fields.Int32(group.Value);
        fields.Guid(storeId);
        fields.Int64(mark.Index);
        fields.Int64(mark.Term);
        fields.Int64(snapshot.TableBytes);
        fields.Int64(snapshot.StateBytes);
        fields.Int64(snapshot.Sequence);
        fields.Int32(snapshot.CountsWhenInstalled ? 1 : 0);
        fields.Int32(members.Length);
        fields.Bytes(members);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(CrcAt), HeadChecksum(head));
        return head;
    }

    private SnapshotHead ReadHead(FileStream stream, GroupId group, long index)
    {
        byte[] prefix = new byte[FixedHeadBytes];
        ReadExactly(stream, prefix, group, index);
        int headBytes = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(16));
        if (!prefix.AsSpan(0, 8).SequenceEqual(Magic) || headBytes < FixedHeadBytes || headBytes > BlockBytes)
            throw Damaged(group, index, "its head is unreadable");

        byte[] head = new byte[headBytes];
        prefix.CopyTo(head, 0);
        ReadExactly(stream, head.AsSpan(FixedHeadBytes), group, index);
        if (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(CrcAt)) != HeadChecksum(head))
            throw Damaged(group, index, "its head has a wrong checksum");

        var fields = new FieldReader(head.AsSpan(8));
        int version = fields.Int32();
        _ = fields.Take(2 * sizeof(int));
        var fileGroup = new GroupId(fields.Int32());
        if (version != FormatVersion || fileGroup != group || fields.Guid() != storeId || fields.Int64() != index)
            throw Damaged(group, index, "it belongs to another format, store, group or index");
        long term = fields.Int64(), tableBytes = fields.Int64();
        long stateBytes = fields.Int64(), sequence = fields.Int64();
        bool countsWhenInstalled = fields.Int32() != 0;
        GroupMembers members = GroupMembersCodec.Read(fields.Take(fields.Int32()));
        return new SnapshotHead(
            new SnapshotMark(index, term, members), tableBytes, stateBytes, sequence, countsWhenInstalled);
    }

    private static ReadOnlySequence<byte> ReadContent(
        FileStream stream, GroupId group, long index, SnapshotHead head, long wanted)
    {
        SnapshotSegment? first = null, last = null;
        long read = 0;
        for (long number = 0; read < wanted; number++)
        {
            byte[] bytes = ReadBlock(stream, group, index, number, head.TableBytes + head.StateBytes - read);
            last = last is null ? first = new SnapshotSegment(bytes, 0) : last.Append(bytes);
            read += bytes.Length;
        }

        return first is null
            ? ReadOnlySequence<byte>.Empty
            : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    /// <param name="left">Bytes that may follow at most.</param>
    private static byte[] ReadBlock(FileStream stream, GroupId group, long index, long number, long left)
    {
        Span<byte> header = stackalloc byte[BlockHeaderBytes];
        ReadExactly(stream, header, group, index);
        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length <= 0 || length > BlockBytes || length > left)
            throw Damaged(group, index, $"block {number} has length {length}");
        byte[] bytes = new byte[length];
        ReadExactly(stream, bytes, group, index);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != BlockChecksum(group, index, number, bytes))
            throw Damaged(group, index, $"block {number} has a wrong checksum");
        return bytes;
    }

    private static ReadOnlySequence<byte> Join(ReadOnlyMemory<byte> table, ReadOnlySequence<byte> state)
    {
        if (table.IsEmpty)
            return state;
        SnapshotSegment first = new(table, 0), last = first;
        foreach (ReadOnlyMemory<byte> piece in state)
            last = last.Append(piece);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private FileStream OpenFile(GroupId group, long index)
    {
        try
        {
            return new FileStream(PathOf(group, index), FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            throw new StoreDamageException($"The snapshot of group {group} at {index} is gone.");
        }
    }

    private static void ReadExactly(FileStream stream, Span<byte> target, GroupId group, long index)
    {
        if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
            throw Damaged(group, index, "it ends too early");
    }

    private static StoreDamageException Damaged(GroupId group, long index, string why) =>
        new($"The snapshot of group {group} at {index} is damaged: {why}.");

    private static uint HeadChecksum(ReadOnlySpan<byte> head) =>
        ~Crc32C.Append(Crc32C.Append(Crc32C.Seed, head[..CrcAt]), head[(CrcAt + sizeof(uint))..]);

    private static uint BlockChecksum(GroupId group, long index, long number, ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc32C.Append(Crc32C.Append(Crc32C.Append(Crc32C.Seed, group.Value), index), number);
        return ~Crc32C.Append(crc, bytes);
    }
}
