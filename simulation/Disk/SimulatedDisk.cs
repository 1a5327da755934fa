using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Worlds;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>
/// One node's disk: a folder in memory (tmpfs, where there is one) that the real store writes to. It keeps sectors whole,
/// loses what was not synced when the node crashes, tears the write that was under way, shows something old where it lost
/// something, and refuses when it is full.
/// </summary>
internal sealed class SimulatedDisk : ISegmentSink, IBlockSink, ISnapshotSink, IDisposable
{
    public const int SectorBytes = 512;

    private readonly OldContent _old;
    private readonly LateKeeper _keeper;
    private readonly BrokenStart _brokenStart;
    private readonly List<(SafeFileHandle File, long Offset, int Bytes)> _unsynced = [];
    private readonly List<(long Offset, int Bytes)> _ofSnapshot = [];
    private readonly List<(string Path, long Offset, int Bytes)> _namedUnsynced = [];
    private Dice? _tearing;
    private bool _isCut;
    private bool _hasLost;
    private int _deathIn;
    private bool _diesAtWrite;
    private Action? _die;
    private Dice? _dice;
    private Action? _takeBack;

    /// <param name="directory">Where its files are.</param>
    /// <param name="storeId">Of the store that will be on it.</param>
    /// <param name="old">What it shows where it lost something.</param>
    /// <param name="habits">What its crashes are like.</param>
    /// <param name="dice">Has a row for each of them.</param>
    public SimulatedDisk(string directory, Guid storeId, OldContent old, DiskHabits habits, Dice dice)
    {
        (Directory, StoreId, _old) = (directory, storeId, old);
        HalfSeal Half(string name) => new(storeId, dice.Fork(name), habits.SealsInOneWrite);
        _keeper = new LateKeeper(
            Path.Combine(directory, "segments"), Half("half seal"), dice.Fork("late keeper"), habits.LateKeeperChance);
        _brokenStart = new BrokenStart(this, Half("half start"), dice.Fork("broken start"), habits.BrokenStartChance);
        System.IO.Directory.CreateDirectory(directory);
        // As an opened and closed store would have left it, but with an id that follows from the seed.
        new StoreIdentity(storeId, Incarnation: 0, NextSegment: 1).Write(directory);
    }

    public string Directory { get; }

    public Guid StoreId { get; }

    /// <summary>No room for anything.</summary>
    public bool IsFull { get; set; }

    /// <summary>The present process was refused a write for want of room.</summary>
    public bool HasRefused { get; private set; }

    /// <summary>Where it gives back other bytes than it was given; null: nowhere.</summary>
    public DamagedSector? Damaged { get; private set; }

    /// <summary>How often it showed something old where it had lost something.</summary>
    public int OldShown => _old.Shown;

    /// <summary>How often a crash found the store behind with its segments.</summary>
    public int WasLate => _keeper.WasLate;

    /// <summary>How many processes died while they opened the store.</summary>
    public int BrokenStarts => _brokenStart.Count;

    /// <summary>A process starts on it.</summary>
    public void PlugIn()
    {
        (_isCut, _hasLost) = (false, false);
        _tearing = null;
        HasRefused = false;
        LetLive();
        _takeBack = null;
        _unsynced.Clear();
        _ofSnapshot.Clear();
        _namedUnsynced.Clear();
        _keeper.Forget();
    }

    /// <summary>A process that was to open the store before has died of something in it. Of a damaged disk there is
    /// none: what it has to find is left to the one that follows.</summary>
    /// <exception cref="StoreDamageException">What its recovery finds.</exception>
    public void BreakStart()
    {
        if (Damaged is null)
            _brokenStart.Leave();
    }

    /// <summary>Some bytes of one sector become other ones, if there are any that count.</summary>
    public void Damage(Dice dice) => Damaged = new SectorPicker(this, dice).Hit();

    /// <summary>The next write reaches the disk in part, and the process dies of it.</summary>
    public void TearNextWrite(Dice dice) => _tearing = dice;

    /// <summary>The process dies at one of its next steps here, in the middle of what it is doing.</summary>
    /// <param name="steps">At which one, from 1.</param>
    /// <param name="dice">What of the unsynced is lost.</param>
    /// <param name="die">Within the call.</param>
    public void DieAt(int steps, Dice dice, Action die) => (_deathIn, _dice, _die) = (steps, dice, die);

    /// <summary>The process dies in the middle of its next write to the log.</summary>
    /// <param name="dice">What of it arrives, and what of the unsynced is lost.</param>
    /// <param name="die">Within the call.</param>
    public void DieAtWrite(Dice dice, Action die) => (_diesAtWrite, _dice, _die) = (true, dice, die);

    /// <summary>No death is to come any more.</summary>
    public void LetLive() => (_deathIn, _diesAtWrite) = (0, false);

    /// <summary>A step of a longer call: a write, or between two of them.</summary>
    /// <exception cref="IOException">The process dies here, or has; or there is no room.</exception>
    public void Pass() => Admit();

    /// <summary>Nothing more reaches the disk; what was not synced is lost in part, names as well as bytes.</summary>
    public void Cut(Dice dice)
    {
        if (_hasLost)
            return;
        (_isCut, _hasLost) = (true, true);
        // What was damaged would come back with what is taken back, and its damage with it, when it counts as gone.
        if (Damaged is null)
            _keeper.TakeBack();
        if (_takeBack is { } takeBack && dice.Chance(0.5))
            takeBack();
        foreach ((SafeFileHandle file, long offset, int bytes) in _unsynced)
        {
            if (!file.IsClosed && dice.Chance(0.5))
                RandomAccess.Write(file, new byte[bytes], offset);
        }

        foreach ((string path, long offset, int bytes) in _namedUnsynced)
        {
            if (File.Exists(path) && dice.Chance(0.5))
                Zero(path, offset, bytes);
        }

        _unsynced.Clear();
    }

    void ISegmentSink.Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (!_isCut)
            _keeper.Writes(file);
        // Who dies at this write dies before it, or in the middle.
        if (!_isCut && (_diesAtWrite || (_deathIn == 1 && _dice!.Chance(0.5))))
        {
            _deathIn = 1;
            Tear(file, bytes, offset, _dice!);
        }

        Admit();
        if (_tearing is { } dice)
        {
            (_tearing, _isCut) = (null, true);
            Tear(file, bytes, offset, dice);
            throw new IOException("the process has crashed in the middle of a write");
        }

        RandomAccess.Write(file, bytes, offset);
    }

    void IBlockSink.Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        Admit();
        RandomAccess.Write(file, bytes, offset);
        _unsynced.Add((file, offset, bytes.Length));
    }

    void IBlockSink.Flush(SafeFileHandle file)
    {
        Admit();
        _unsynced.RemoveAll(write => write.File == file);
    }

    void ISnapshotSink.Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        ((IBlockSink)this).Write(file, bytes, offset);
        _ofSnapshot.Add((offset, bytes.Length));
    }

    void ISnapshotSink.Flush(SafeFileHandle file)
    {
        ((IBlockSink)this).Flush(file);
        _ofSnapshot.Clear();
    }

    /// <inheritdoc/>
    /// <remarks>Who has not synced the bytes before has a file of that name without them.</remarks>
    void ISnapshotSink.Rename(string from, string to)
    {
        Admit(needsRoom: false);
        _namedUnsynced.AddRange(_ofSnapshot.Select(write => (to, write.Offset, write.Bytes)));
        _ofSnapshot.Clear();
        byte[]? replaced = MayDie && File.Exists(to) ? File.ReadAllBytes(to) : null;
        File.Move(from, to, overwrite: true);
        PassUnsynced(() =>
        {
            File.Move(to, from);
            if (replaced is not null)
                File.WriteAllBytes(to, replaced);
        });
    }

    void ISnapshotSink.Delete(string path)
    {
        Admit(needsRoom: false);
        byte[]? content = MayDie && File.Exists(path) ? File.ReadAllBytes(path) : null;
        File.Delete(path);
        PassUnsynced(() =>
        {
            if (content is not null)
                File.WriteAllBytes(path, content);
        });
    }

    public void Dispose()
    {
        _keeper.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private bool MayDie => _deathIn > 0;

    /// <summary>A step at which a name has changed, and the disk does not have it for sure.</summary>
    private void PassUnsynced(Action takeBack)
    {
        _takeBack = takeBack;
        Admit(needsRoom: false);
        _takeBack = null;
    }

    private void Admit(bool needsRoom = true)
    {
        if (_isCut)
            throw new IOException("the process has crashed");
        if (_deathIn > 0 && --_deathIn == 0)
        {
            Cut(_dice!);
            _die!();
            throw new IOException("the process crashes in the middle of a call");
        }

        if (!IsFull || !needsRoom)
            return;
        HasRefused = true;
        throw new IOException("no space left on the disk");
    }

    private static void Zero(string path, long offset, int bytes)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, new byte[bytes], offset);
    }

    private void Tear(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, Dice dice)
    {
        // In any order: a prefix mostly, now and then a later sector without an earlier one.
        bool inOrder = dice.Chance(0.7);
        int sectors = (bytes.Length + SectorBytes - 1) / SectorBytes;
        int reached = dice.Next(sectors + 1);
        if (_old.LosesAll())
            (inOrder, reached) = (true, 0);
        var lost = new LostWrite(file, bytes, offset);
        for (int i = 0; i < sectors; i++)
        {
            if (inOrder ? i >= reached : dice.Chance(0.5))
            {
                lost.Sectors.Add(i);
                continue;
            }

            int at = i * SectorBytes;
            RandomAccess.Write(file, bytes.Slice(at, Math.Min(SectorBytes, bytes.Length - at)), offset + at);
        }

        _old.Show(lost, StoreId, Path.Combine(Directory, "segments"));
    }
}
