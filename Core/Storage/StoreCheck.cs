using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// Reads what nobody may read for months, the sealed segments, the snapshots and the blocks that they name, and holds it
/// against its checksums: damage is found while the other nodes still have the same, and not when the last of them is
/// gone. A thread of its own, again and again, at a pace.
/// </summary>
internal sealed class StoreCheck : IDisposable
{
    /// <summary>A start has better things to do.</summary>
    private static readonly TimeSpan BeforeFirst = TimeSpan.FromSeconds(10);

    /// <summary>From the end of one round to the next.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromHours(24);

    private readonly Guid _storeId;
    private readonly long _bytesPerSecond;
    private readonly StoreIndex _index;
    private readonly Action<Action<int>> _checkSnapshots;
    private readonly Action<StoreDamageException> _found;
    private readonly CancellationTokenSource _stop = new();
    private Thread? _thread;
    private long _start;
    private double _busyMs;

    /// <param name="storeId">Part of the checksums.</param>
    /// <param name="bytesPerSecond">Read at most.</param>
    /// <param name="index">Which segments there are.</param>
    /// <param name="checkSnapshots">Reads all snapshots and their blocks, and says after each piece how many bytes that
    /// were.</param>
    /// <param name="found">The store must not be used any more.</param>
    public StoreCheck(
        Guid storeId, long bytesPerSecond, StoreIndex index, Action<Action<int>> checkSnapshots,
        Action<StoreDamageException> found)
    {
        (_storeId, _bytesPerSecond, _index) = (storeId, bytesPerSecond, index);
        (_checkSnapshots, _found) = (checkSnapshots, found);
    }

    public void Start()
    {
        _thread = new Thread(Run) { Name = "store check", IsBackground = true, Priority = ThreadPriority.Lowest };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread?.Join();
        _stop.Dispose();
    }

    /// <summary>One round, without a rest.</summary>
    /// <exception cref="StoreDamageException">What is damaged.</exception>
    public void CheckAll()
    {
        _start = Stopwatch.GetTimestamp();
        _busyMs = 0;
        List<Segment> segments;
        lock (_index.Gate)
            segments = [.. _index.Segments.Values.Where(segment => segment.Sealed)];
        foreach (Segment segment in segments)
            CheckSegment(segment);
        _checkSnapshots(Pace);
    }

    private void Run()
    {
        try
        {
            for (TimeSpan pause = BeforeFirst; !_stop.Token.WaitHandle.WaitOne(pause); pause = Rest)
                CheckAll();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (StoreDamageException damage)
        {
            _found(damage);
        }
        catch (IOException error)
        {
            // A disk that does not give back what it was given.
            _found(new StoreDamageException($"The store cannot be read: {error.Message}"));
        }
    }

    private void CheckSegment(Segment segment)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(
                segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            if (IsReleased(segment))
                return;
            throw new StoreDamageException($"Segment {segment.Number} is lost: its file is gone, but it was never released.");
        }

        using (file)
            CheckFile(segment, file);
    }

    private void CheckFile(Segment segment, SafeFileHandle file)
    {
        try
        {
            SegmentTrailer trailer = SegmentTrailer.TryRead(file, _storeId, segment.Number)
                ?? throw new StoreDamageException($"The trailer of sealed segment {segment.Number} is damaged.");
            trailer.ReadMap(file, _storeId);
            SegmentScan.Run(file, _storeId, segment.Number, 0, Pace).RequireWhole(trailer);
        }
        catch (StoreDamageException) when (IsReleased(segment))
        {
            // Nobody needs it any more.
            return;
        }
    }

    private bool IsReleased(Segment segment)
    {
        lock (_index.Gate)
            return segment.Released;
    }

    /// <summary>Waits until what was read so far has taken its time.</summary>
    private void Pace(int bytes)
    {
        _busyMs += bytes * 1000.0 / _bytesPerSecond;
        double aheadMs = _busyMs - Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
        if (aheadMs > 0)
            _stop.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(aheadMs));
        _stop.Token.ThrowIfCancellationRequested();
    }
}
