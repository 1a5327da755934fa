using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>What the store reads back from its files. What has a good checksum is our own, so only frames and records
/// themselves are also tried with a repaired one.</summary>
internal static class StorageTargets
{
    private const int PageBytes = 4096;
    private const uint Seed = 77;
    private const long SegmentNumber = 3;
    private const long SnapshotIndex = 9;

    private static readonly Guid StoreId = new("0f8fad5b-d9cb-469f-a165-70867728950e");
    private static readonly GroupId Group = new(2);
    private static readonly BlockName Block = new(new QueueId(5), 100);

    public static IEnumerable<FuzzTarget> All =>
    [
        new CodecTarget<FrameHeader>("storage-frames", ReadFrame, exception => exception is RefusedException, Frame())
        {
            Sealed = ResealFrame,
        },
        new CodecTarget<Entry>(
            "storage-entries",
            input => EntryRecord.TryRead(input, Group, 10, out Entry entry) ? entry : throw new RefusedException(),
            exception => exception is RefusedException, Entry())
        {
            Write = entry => Entry(entry),
        },
        new CodecTarget<RecoveredSegment>(
            "storage-segments", ReadSegment, exception => exception is LogStoreException or InvariantException,
            SegmentFile(), SegmentFile()[..^20])
        {
            Sealed = ResealSegment,
            // A page of the largest size, and the window in which it looks for later frames.
            Besides = (1 << 26) + (1 << 20) + (128 * 1024),
        },
        new CodecTarget<SegmentMap>(
            "storage-trailers", ReadTrailer, exception => exception is LogStoreException or RefusedException, SealedFile()),
        new CodecTarget<List<(BlockName Name, long File, int Offset, int Length)>>(
            "storage-block-tables", input => BlockTable.Read(input), exception => exception is InvariantException,
            new byte[64]),
        new CodecTarget<bool>(
            "storage-blocks",
            input => input.Length >= BlockRecord.HeaderBytes && BlockRecord.IsGood(input, Seed, Block) ? true : throw new RefusedException(),
            exception => exception is RefusedException, BlockBytes()),
        new CodecTarget<(SnapshotMark Mark, ReadOnlySequence<byte> State)>(
            "storage-snapshots", ReadSnapshot, exception => exception is LogStoreException, SnapshotFile())
        {
            // The largest head and the largest piece of a file are 1 MiB each.
            Besides = (2 << 20) + (128 * 1024),
        },
        new CodecTarget<StoreIdentity>(
            "storage-identities", ReadIdentity, exception => exception is LogStoreException, IdentityFile(new(StoreId, 4, 7)))
        {
            Write = IdentityFile,
            Sealed = ResealIdentity,
        },
    ];

    private static byte[] Frame()
    {
        var encoder = new FrameEncoder(PageBytes);
        return Frame(encoder, FrameKind.HardState, encoder.HardState(new HardState(3, new NodeId(1), 7)), 5, Seed);
    }

    private static byte[] Frame(
        FrameEncoder encoder, FrameKind kind, int length, long sequence, uint seed, int count = 0, long first = 0)
    {
        var header = new FrameHeader(kind, length, sequence, 1, sequence - 1, Group, count, first);
        header.Write(encoder.Frame, seed);
        return encoder.Frame[..length].ToArray();
    }

    private static FrameHeader ReadFrame(byte[] input) =>
        FrameHeader.TryRead(input, Seed, out FrameHeader header) ? header : throw new RefusedException();

    private static byte[] ResealFrame(byte[] input)
    {
        byte[] changed = [.. input];
        ResealFrame(changed, Seed);
        return changed;
    }

    /// <summary>The checksum of the frame in front.</summary>
    private static void ResealFrame(Span<byte> bytes, uint seed)
    {
        const int checksumAt = 12;
        if (bytes.Length < FrameHeader.Size)
            return;
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (length < FrameHeader.Size || length > bytes.Length)
            return;
        uint crc = Crc32C.Append(seed, bytes[..checksumAt]);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes[checksumAt..], ~Crc32C.Append(crc, bytes[(checksumAt + sizeof(uint))..length]));
    }

    /// <summary>The checksums of all frames, as far as their lengths lead from one to the next.</summary>
    private static byte[] ResealSegment(byte[] input)
    {
        byte[] changed = [.. input];
        uint seed = FrameHeader.SeedOf(StoreId, SegmentNumber);
        for (int at = 0; at + sizeof(int) <= changed.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(changed.AsSpan(at));
            if (length <= 0 || length > changed.Length - at - sizeof(int))
                break;
            ResealFrame(changed.AsSpan(at + sizeof(int), length), seed);
            at = (at + sizeof(int) + length + 3) & ~3;
        }
        return changed;
    }

    private static byte[] Entry() => Entry(new Entry(10, 3, EntryKind.Batch, "an entry"u8.ToArray()));

    private static byte[] Entry(in Entry entry)
    {
        byte[] record = new byte[EntryRecord.SizeOf(entry)];
        EntryRecord.Write(record, Group, entry);
        return record;
    }

    /// <summary>As FASTER lays it out: each frame with its length in front, at multiples of four.</summary>
    private static byte[] SegmentFile()
    {
        uint seed = FrameHeader.SeedOf(StoreId, SegmentNumber);
        var encoder = new FrameEncoder(PageBytes);
        Entry[] entries =
        [
            new Entry(10, 3, EntryKind.Batch, "first"u8.ToArray()), new Entry(11, 3, EntryKind.Batch, "second"u8.ToArray()),
        ];
        var file = new List<byte>();
        Add(Frame(encoder, FrameKind.SegmentStart, encoder.SegmentStart(StoreId, 2, [2, 3]), 40, seed, 0, SegmentNumber));
        Add(Frame(encoder, FrameKind.HardState, encoder.HardState(new HardState(3, new NodeId(1), 7)), 41, seed));
        int count = encoder.FitEntries(entries, 0, 0, out int bytes);
        encoder.Entries(Group, entries, 0, count, 0, stackalloc int[count]);
        Add(Frame(encoder, FrameKind.Entries, bytes, 42, seed, count, 10));
        Add(Frame(encoder, FrameKind.SnapshotTaken, encoder.Snapshot(3, false), 43, seed, 0, 10));
        return [.. file];

        void Add(byte[] frame)
        {
            Span<byte> length = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, frame.Length);
            file.AddRange(length);
            file.AddRange(frame);
            while (file.Count % sizeof(int) != 0)
                file.Add(0);
        }
    }

    private static RecoveredSegment ReadSegment(byte[] input)
    {
        using var file = new ScratchFile(input);
        return SegmentScan.Run(file.Handle, StoreId, SegmentNumber, lastSequence: 39);
    }

    private static byte[] SealedFile()
    {
        var map = new SegmentMap();
        map.Add(Group, 0, 10, new EntryLocation(100, 20));
        map.Add(Group, 0, 11, new EntryLocation(120, 30));
        using var file = new ScratchFile(SegmentFile());
        SegmentTrailer.Seal(
            file.Handle, StoreId, new SegmentTrailer(SegmentNumber, 40, 43, file.Length, 0, 0, 0), map.Encode());
        // The pages in front are not looked at: without them more mutations hit what is.
        return file.ReadAll();
    }

    private static SegmentMap ReadTrailer(byte[] input)
    {
        using var file = new ScratchFile(input);
        return (SegmentTrailer.TryRead(file.Handle, StoreId, SegmentNumber) ?? throw new RefusedException())
            .ReadMap(file.Handle, StoreId);
    }

    private static byte[] BlockBytes()
    {
        byte[] record = new byte[BlockRecord.HeaderBytes + 10];
        BlockRecord.Write(record, Seed, Block, new byte[10]);
        return record;
    }

    private static byte[] SnapshotFile()
    {
        string folder = Directory.CreateTempSubdirectory("cmq-fuzz-").FullName;
        try
        {
            var files = new SnapshotFiles(folder, StoreId);
            files.Write(
                Group, new SnapshotMark(SnapshotIndex, 3, new GroupMembers([new NodeId(1), new NodeId(2)], [new NodeId(3)])),
                new byte[24], new ReadOnlySequence<byte>("the state of a group"u8.ToArray()), 40);
            return File.ReadAllBytes(files.PathOf(Group, SnapshotIndex));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (SnapshotMark Mark, ReadOnlySequence<byte> State) ReadSnapshot(byte[] input)
    {
        string folder = ScratchFile.Folder;
        var files = new SnapshotFiles(folder, StoreId);
        File.WriteAllBytes(files.PathOf(Group, SnapshotIndex), input);
        return files.Read(Group, SnapshotIndex);
    }

    private static byte[] IdentityFile(StoreIdentity identity)
    {
        identity.Write(ScratchFile.Folder);
        return File.ReadAllBytes(Path.Combine(ScratchFile.Folder, "store"));
    }

    private static StoreIdentity ReadIdentity(byte[] input)
    {
        File.WriteAllBytes(Path.Combine(ScratchFile.Folder, "store"), input);
        return StoreIdentity.Read(ScratchFile.Folder)!;
    }

    private static byte[] ResealIdentity(byte[] input)
    {
        const int checksumAt = 12;
        byte[] changed = [.. input];
        if (changed.Length < checksumAt + sizeof(uint))
            return changed;
        uint crc = Crc32C.Append(Crc32C.Seed, changed.AsSpan(0, checksumAt));
        BinaryPrimitives.WriteUInt32LittleEndian(
            changed.AsSpan(checksumAt), ~Crc32C.Append(crc, changed.AsSpan(checksumAt + sizeof(uint))));
        return changed;
    }

    /// <summary>A file with these bytes; there is one, used again and again.</summary>
    private sealed class ScratchFile : IDisposable
    {
        /// <summary>Of this process; in memory where that can be.</summary>
        public static readonly string Folder = MakeFolder();

        public ScratchFile(byte[] content)
        {
            Handle = File.OpenHandle(
                Path.Combine(Folder, "scratch"), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.Write(Handle, content, 0);
        }

        public SafeFileHandle Handle { get; }

        public long Length => RandomAccess.GetLength(Handle);

        public byte[] ReadAll()
        {
            byte[] all = new byte[Length];
            RandomAccess.Read(Handle, all, 0);
            return all;
        }

        public void Dispose() => Handle.Dispose();

        private static string MakeFolder()
        {
            const string memory = "/dev/shm";
            string folder = Directory.Exists(memory)
                ? Directory.CreateDirectory(Path.Combine(memory, $"cmq-fuzz-{Environment.ProcessId}")).FullName
                : Directory.CreateTempSubdirectory("cmq-fuzz-").FullName;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
            return folder;
        }
    }
}
