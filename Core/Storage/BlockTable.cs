using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The blocks that a snapshot names, as its file has them: for each queue 8, first sequence 8, file number 8,
/// offset 4, record bytes 4.</summary>
internal static class BlockTable
{
    private const int EntryBytes = 32;

    public static byte[] Encode(FileBlockSet? blocks)
    {
        if (blocks is null)
            return [];
        byte[] bytes = new byte[checked(blocks.Names.Count * EntryBytes)];
        var fields = new FieldWriter(bytes);
        for (int i = 0; i < blocks.Names.Count; i++)
        {
            BlockLocation location = blocks.Locations[i];
            fields.Int64(blocks.Names[i].Queue.Value);
            fields.Int64(blocks.Names[i].First);
            fields.Int64(location.File.Number);
            fields.Int32(location.Offset);
            fields.Int32(location.Length);
        }

        return bytes;
    }

    /// <summary>The places of the blocks.</summary>
    public static List<(BlockName Name, long File, int Offset, int Length)> Read(ReadOnlySpan<byte> bytes)
    {
        var entries = new List<(BlockName Name, long File, int Offset, int Length)>(bytes.Length / EntryBytes);
        var fields = new FieldReader(bytes);
        for (int left = bytes.Length / EntryBytes; left > 0; left--)
        {
            var name = new BlockName(new QueueId(fields.Int64()), fields.Int64());
            entries.Add((name, fields.Int64(), fields.Int32(), fields.Int32()));
        }

        return entries;
    }

    /// <summary>Finds the blocks again and acquires their files for them.</summary>
    /// <exception cref="LogStoreException">A file is lost or too short.</exception>
    public static Dictionary<BlockName, BlockLocation> Decode(
        ReadOnlySpan<byte> bytes, BlockFolder folder, GroupId group)
    {
        List<(BlockName Name, long File, int Offset, int Length)> entries = Read(bytes);
        var ends = new Dictionary<long, int>();
        foreach ((_, long file, int offset, int length) in entries)
            ends[file] = Math.Max(ends.GetValueOrDefault(file), checked(offset + length));

        Dictionary<long, BlockFile> files =
            ends.ToDictionary(end => end.Key, end => folder.Open(group, end.Key, end.Value));
        var found = new Dictionary<BlockName, BlockLocation>(entries.Count);
        foreach ((BlockName name, long number, int offset, int length) in entries)
        {
            BlockFile file = files[number];
            found.Add(name, new BlockLocation(file, offset, length));
            file.Acquire();
            file.LiveBytes += length;
        }

        // Opened for whoever opened them; from here on they are there for their blocks.
        foreach (BlockFile file in files.Values)
            file.Release();
        return found;
    }
}
