using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Writes blocks of a group, many at a time, file after file. One thread.</summary>
internal sealed class BlockAppender(BlockFolder folder, GroupId group)
{
    /// <summary>Records are written when there are this many bytes of them.</summary>
    private const int BufferBytes = 256 * 1024;

    private byte[] _buffer = [];
    private int _used;
    private BlockFile? _file;

    /// <summary>The file that is being written.</summary>
    public BlockFile? Current => _file;

    /// <summary>Adds a block; its file is acquired for it.</summary>
    public BlockLocation Append(BlockName name, ReadOnlySpan<byte> block)
    {
        int length = BlockRecord.HeaderBytes + block.Length;
        if (_file is null || (_file.Length > 0 && _file.Length > folder.MaxFileBytes - length))
        {
            End();
            _file = folder.Create(group);
        }

        if (_used + length > _buffer.Length)
            Flush();
        if (length > _buffer.Length)
            _buffer = new byte[Math.Max(BufferBytes, length)];
        BlockRecord.Write(_buffer.AsSpan(_used, length), _file.Seed, name, block);
        var location = new BlockLocation(_file, _file.Length, length);
        _used += length;
        _file.Length += length;
        _file.LiveBytes += length;
        _file.Acquire();
        return location;
    }

    /// <summary>Hands everything to the system.</summary>
    public void Flush()
    {
        if (_used == 0)
            return;
        _file!.Write(_buffer.AsSpan(0, _used), _file.Length - _used);
        _used = 0;
    }

    /// <summary>The record of a block that is not handed to the system yet.</summary>
    public bool TryRead(in BlockLocation location, out ReadOnlyMemory<byte> record)
    {
        record = default;
        if (location.File != _file || location.Offset < _file.Length - _used)
            return false;
        record = _buffer.AsMemory(location.Offset - (_file.Length - _used), location.Length);
        return true;
    }

    /// <summary>No block follows in this file.</summary>
    public void End()
    {
        Flush();
        _file?.Release();
        _file = null;
    }
}
