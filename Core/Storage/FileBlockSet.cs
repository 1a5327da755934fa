using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Blocks in files that stay as long as this is not disposed of.</summary>
internal sealed class FileBlockSet : IBlockSet
{
    private readonly Dictionary<BlockFile, int> _files = [];
    private int _disposed;

    /// <param name="names">The blocks.</param>
    /// <param name="locations">Where they lie, place by place.</param>
    public FileBlockSet(BlockName[] names, BlockLocation[] locations)
    {
        Names = names;
        Locations = locations;
        foreach (BlockLocation location in locations)
        {
            if (!_files.TryGetValue(location.File, out int end))
                location.File.Acquire();
            _files[location.File] = Math.Max(end, location.Offset + location.Length);
        }
    }

    public IReadOnlyList<BlockName> Names { get; }

    public IReadOnlyList<BlockLocation> Locations { get; }

    public byte[] Read(int position)
    {
        BlockLocation location = Locations[position];
        byte[] record = new byte[location.Length];
        location.File.Read(record, location.Offset, Names[position]);
        return record[BlockRecord.HeaderBytes..];
    }

    /// <summary>Makes all of them durable.</summary>
    public void Flush(BlockFolder folder)
    {
        foreach ((BlockFile file, int end) in _files)
            file.Flush(end);
        if (_files.Keys.All(file => file.HasDurableName))
            return;
        folder.FlushNames();
        foreach (BlockFile file in _files.Keys)
            file.HasDurableName = true;
    }

    /// <summary>Holds the files once more, for a snapshot; the list of blocks need not stay for that.</summary>
    public IReadOnlyList<BlockFile> Hold()
    {
        foreach (BlockFile file in _files.Keys)
            file.Acquire();
        return [.. _files.Keys];
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (BlockFile file in _files.Keys)
            file.Release();
    }
}
