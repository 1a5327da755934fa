using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The blocks of a group on disk: where each lies, which files its snapshot holds, and what was staged for a snapshot
/// that is being received. Who may call what is said member by member.
/// </summary>
internal sealed class GroupBlocks : IGroupBlocks
{
    /// <summary>A file of which less than one part in this many is live is emptied into the current one.</summary>
    private const int SparseFraction = 4;

    /// <summary>Bytes copied out of sparse files for one snapshot, at most one file above it.</summary>
    private const int MaxCopiedBytes = 4 * 1024 * 1024;

    private readonly BlockFolder _folder;
    private readonly BlockAppender _appender;
    private readonly BlockAppender _stageAppender;
    private Dictionary<BlockName, BlockLocation> _blocks;
    private Dictionary<BlockName, BlockLocation> _staged = [];
    private IReadOnlyList<BlockFile> _saved = [];
    private byte[] _record = [];

    /// <param name="folder">Files of all groups.</param>
    /// <param name="group">The group.</param>
    /// <param name="table">What the group's snapshot says of its blocks; empty when there is none.</param>
    public GroupBlocks(BlockFolder folder, GroupId group, ReadOnlySpan<byte> table)
    {
        _folder = folder;
        _appender = new BlockAppender(folder, group);
        _stageAppender = new BlockAppender(folder, group);
        _blocks = BlockTable.Decode(table, folder, group);
        Hold(_blocks.Values.Select(location => location.File).Distinct());
    }

    public void Put(BlockName name, ReadOnlySpan<byte> block)
    {
        Invariant.Check(!_blocks.ContainsKey(name), "a block is put once");
        _blocks.Add(name, _appender.Append(name, block));
    }

    public ReadOnlyMemory<byte> Read(BlockName name)
    {
        Invariant.Check(_blocks.TryGetValue(name, out BlockLocation location), "a block is read that is not there");
        if (_appender.TryRead(location, out ReadOnlyMemory<byte> record))
            return record[BlockRecord.HeaderBytes..];
        if (_record.Length < location.Length)
            _record = new byte[location.Length];
        location.File.Read(_record.AsSpan(0, location.Length), location.Offset, name);
        return _record.AsMemory(BlockRecord.HeaderBytes..location.Length);
    }

    public bool Contains(BlockName name) => _blocks.ContainsKey(name);

    public void Forget(BlockName name)
    {
        Invariant.Check(_blocks.Remove(name, out BlockLocation location), "a block is forgotten once");
        Release(location);
    }

    public IBlockSet Capture()
    {
        EmptySparseFiles();
        _appender.Flush();
        return new FileBlockSet([.. _blocks.Keys], [.. _blocks.Values]);
    }

    /// <summary>A snapshot that names these blocks is in place of the one before. Not while another is saved or
    /// installed.</summary>
    public void Saved(FileBlockSet? blocks)
    {
        IReadOnlyList<BlockFile> before = _saved;
        _saved = blocks?.Hold() ?? [];
        foreach (BlockFile file in before)
            file.Release();
    }

    /// <summary>Takes blocks of a snapshot that is being received. One thread at a time, as for the other two.</summary>
    public void Stage(IReadOnlyList<Block> blocks)
    {
        foreach (Block block in blocks)
        {
            Invariant.Check(!_staged.ContainsKey(block.Name), "a block is staged once");
            _staged.Add(block.Name, _stageAppender.Append(block.Name, block.Bytes.Span));
        }
    }

    public void DropStaged()
    {
        foreach (BlockLocation location in _staged.Values)
            Release(location);
        _staged = [];
        _stageAppender.End();
    }

    /// <summary>What is staged, durable.</summary>
    public FileBlockSet FlushStaged()
    {
        _stageAppender.End();
        var staged = new FileBlockSet([.. _staged.Keys], [.. _staged.Values]);
        staged.Flush(_folder);
        return staged;
    }

    /// <summary>What is staged takes the place of everything. Group thread.</summary>
    public void Install()
    {
        Dictionary<BlockName, BlockLocation> before = _blocks;
        (_blocks, _staged) = (_staged, []);
        _appender.End();
        foreach (BlockLocation location in before.Values)
            Release(location);
    }

    /// <summary>The group is dropped. Group thread.</summary>
    public void Clear()
    {
        DropStaged();
        Install();
        Saved(null);
    }

    private static void Release(in BlockLocation location)
    {
        location.File.LiveBytes -= location.Length;
        location.File.Release();
    }

    private void Hold(IEnumerable<BlockFile> files)
    {
        _saved = [.. files];
        foreach (BlockFile file in _saved)
            file.Acquire();
    }

    /// <summary>Otherwise one block that stays would keep a file of thousands.</summary>
    private void EmptySparseFiles()
    {
        List<KeyValuePair<BlockName, BlockLocation>> moved =
        [
            .. _blocks.Where(block => block.Value.File != _appender.Current
                && block.Value.File.LiveBytes < block.Value.File.Length / SparseFraction),
        ];
        int copied = 0;
        BlockFile? file = null;
        foreach ((BlockName name, BlockLocation location) in moved.OrderBy(block => block.Value.File.Number))
        {
            // A file that is left half way would only have been copied for nothing.
            if (location.File != file && copied >= MaxCopiedBytes)
                break;
            file = location.File;
            ReadOnlyMemory<byte> block = Read(name);
            _blocks[name] = _appender.Append(name, block.Span);
            Release(location);
            copied += location.Length;
        }
    }
}
