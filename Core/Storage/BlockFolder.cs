using System.Globalization;
using Cmq.MultiProtocol.Core.Groups;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The folder <c>blocks</c>: files <c>group-number.blk</c> of records (<see cref="BlockRecord"/>). What counts in them is
/// said by the snapshots alone, so the rest of a file may be anything. Thread-safe. Every failure fails the store.
/// </summary>
internal sealed class BlockFolder : IDisposable
{
    private const string Suffix = ".blk";

    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly Guid _storeId;
    private readonly IBlockSink _sink;
    private readonly Action<Exception> _failed;
    private readonly Dictionary<long, BlockFile> _files = [];
    private long _lastNumber;
    private bool _closed;

    /// <param name="directory">Exists.</param>
    /// <param name="storeId">Part of the checksums.</param>
    /// <param name="sink">Writes.</param>
    /// <param name="maxFileBytes">A file is closed when the next record would exceed it.</param>
    /// <param name="failed">The store must stop.</param>
    public BlockFolder(
        string directory, Guid storeId, IBlockSink sink, int maxFileBytes, Action<Exception> failed)
    {
        (_directory, _storeId, _sink, _failed) = (directory, storeId, sink, failed);
        MaxFileBytes = maxFileBytes;
        _lastNumber = Names().Select(name => name.Number).DefaultIfEmpty(0).Max();
    }

    public int MaxFileBytes { get; }

    public long DiskBytes
    {
        get
        {
            lock (_gate)
                return _files.Values.Sum(file => (long)file.Length);
        }
    }

    /// <summary>Begins a file under a number that no file bears.</summary>
    public BlockFile Create(GroupId group) => Guarded(() =>
    {
        long number = Interlocked.Increment(ref _lastNumber);
        return Add(group, number, FileMode.CreateNew, length: 0);
    });

    /// <summary>Opens a file that a snapshot names.</summary>
    /// <param name="end">End of the last record in it that counts.</param>
    /// <exception cref="LogStoreException">It is gone or too short.</exception>
    public BlockFile Open(GroupId group, long number, int end)
    {
        string path = PathOf(group, number);
        var info = new FileInfo(path);
        if (!info.Exists || info.Length < end)
            throw new StoreDamageException($"{path} is lost or cut off: a snapshot names blocks up to byte {end} of it.");
        return Add(group, number, FileMode.Open, (int)Math.Min(info.Length, int.MaxValue));
    }

    /// <summary>Deletes files that were not opened: what a crash left, or a group that is gone.</summary>
    public void DeleteLeftovers()
    {
        lock (_gate)
        {
            foreach ((string path, long number) in Names().ToList())
            {
                if (!_files.ContainsKey(number))
                    File.Delete(path);
            }
        }
    }

    public void Delete(BlockFile file)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _files.Remove(file.Number);
        }

        Guarded(() =>
        {
            file.Handle.Dispose();
            File.Delete(file.Path);
            return true;
        });
    }

    public void Write(BlockFile file, ReadOnlySpan<byte> records, long offset)
    {
        try
        {
            _sink.Write(file.Handle, records, offset);
        }
        catch (IOException e)
        {
            throw Fail(new LogStoreException($"Writing {file.Path} failed.", e));
        }
    }

    public void Flush(BlockFile file) => Guarded(() =>
    {
        _sink.Flush(file.Handle);
        return true;
    });

    /// <summary>Makes the names of all files durable.</summary>
    public void FlushNames() => Guarded(() =>
    {
        DirectorySync.Flush(_directory);
        return true;
    });

    public void Read(BlockFile file, Span<byte> record, int offset, in BlockName name)
    {
        int read = 0;
        try
        {
            for (int more = 1; more > 0 && read < record.Length; read += more)
                more = RandomAccess.Read(file.Handle, record[read..], offset + read);
        }
        catch (IOException e)
        {
            throw Fail(new LogStoreException($"Reading {file.Path} failed.", e));
        }

        if (read < record.Length || !BlockRecord.IsGood(record, file.Seed, name))
        {
            throw Fail(Damaged(file.Path, name, offset));
        }
    }

    /// <summary>Reads the blocks that a snapshot names through handles of its own, and holds them against their
    /// checksums.</summary>
    /// <param name="group">The group.</param>
    /// <param name="table">As its snapshot has it.</param>
    /// <param name="read">Hears the bytes of each.</param>
    /// <exception cref="StoreDamageException">One is damaged, or its file is gone.</exception>
    public void Check(GroupId group, ReadOnlySpan<byte> table, Action<int> read)
    {
        foreach (var ofFile in BlockTable.Read(table).GroupBy(block => block.File))
        {
            string path = PathOf(group, ofFile.Key);
            if (!File.Exists(path))
                throw new StoreDamageException($"{path} is lost: a snapshot names blocks in it.");
            uint seed = BlockRecord.SeedOf(_storeId, group, ofFile.Key);
            using SafeFileHandle file = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach ((BlockName name, _, int offset, int length) in ofFile.OrderBy(block => block.Offset))
            {
                byte[] record = new byte[length];
                if (RandomAccess.Read(file, record, offset) < length || !BlockRecord.IsGood(record, seed, name))
                    throw Damaged(path, name, offset);
                read(length);
            }
        }
    }

    /// <summary>Closes the files; they stay.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (BlockFile file in _files.Values)
                file.Handle.Dispose();
            _files.Clear();
        }
    }

    private static StoreDamageException Damaged(string path, in BlockName name, int offset) =>
        new($"{path} is damaged: block {name.First} of queue {name.Queue} at byte {offset}.");

    private BlockFile Add(GroupId group, long number, FileMode mode, int length)
    {
        string path = PathOf(group, number);
        SafeFileHandle handle = File.OpenHandle(
            path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var file = new BlockFile(this, number, path, handle, BlockRecord.SeedOf(_storeId, group, number), length)
        {
            HasDurableName = mode == FileMode.Open,
        };
        lock (_gate)
            _files.Add(number, file);
        return file;
    }

    private string PathOf(GroupId group, long number) => Path.Combine(
        _directory, string.Create(CultureInfo.InvariantCulture, $"{group.Value}-{number:D10}{Suffix}"));

    private IEnumerable<(string Path, long Number)> Names()
    {
        foreach (string path in Directory.EnumerateFiles(_directory, "*" + Suffix))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            int dash = name.LastIndexOf('-');
            if (dash <= 0 || !long.TryParse(name.AsSpan(dash + 1), CultureInfo.InvariantCulture, out long number))
                throw new LogStoreException($"{path} is not the name of a file of blocks.");
            yield return (path, number);
        }
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail(new LogStoreException($"The files of blocks in {_directory} cannot be changed.", e));
        }
    }

    private T Fail<T>(T failure)
        where T : LogStoreException
    {
        _failed(failure);
        return failure;
    }
}
