using System.Collections.Concurrent;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The thread beside the writer: creates the next file in advance, seals the one before, unlinks released
/// ones. So the writer never waits for more than a prepared file.
/// </summary>
internal sealed class SegmentKeeper : IDisposable
{
    private readonly string _directory;
    private readonly Guid _storeId;
    private readonly StoreIndex _index;
    private readonly SegmentReaderCache _readers;
    private readonly SegmentDevice _device;
    private readonly Action<Exception> _failed;
    private readonly BlockingCollection<Action> _work = [];
    private readonly BlockingCollection<Segment> _prepared = [];
    private readonly CancellationTokenSource _broken = new();
    private readonly Thread? _thread;
    private long _nextNumber;

    /// <param name="driven">No thread: everything is done within the call that asks for it.</param>
    public SegmentKeeper(string directory, Guid storeId, long nextNumber, StoreIndex index,
        SegmentReaderCache readers, SegmentDevice device, Action<Exception> failed, bool driven = false)
    {
        (_directory, _storeId, _nextNumber) = (directory, storeId, nextNumber);
        (_index, _readers, _device, _failed) = (index, readers, device, failed);
        if (!driven)
        {
            _thread = new Thread(Run) { Name = "store segments", IsBackground = true };
            _thread.Start();
        }

        Do(Prepare);
    }

    /// <summary>The next segment; waits until it is prepared, and has the one after it prepared.</summary>
    /// <exception cref="LogStoreException">It cannot be prepared.</exception>
    public Segment TakeNext()
    {
        try
        {
            Segment next = _prepared.Take(_broken.Token);
            Do(Prepare);
            return next;
        }
        catch (OperationCanceledException e)
        {
            throw new LogStoreException("The next segment could not be prepared.", e);
        }
    }

    /// <summary>Everything in the segment is durable, and nothing will be written to it any more.</summary>
    public void Seal(Segment segment) => Do(() => SealNow(segment));

    /// <summary>The segment's release is durable.</summary>
    public void Delete(Segment segment) => Do(() => DeleteNow(segment));

    /// <summary>Finishes what it was told and stops.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread?.Join();
        while (_prepared.TryTake(out Segment? unused))
        {
            unused.Writer!.Dispose();
            unused.Reader!.Release();
        }

        _work.Dispose();
        _prepared.Dispose();
        _broken.Dispose();
    }

    private void Do(Action action)
    {
        if (_thread is not null)
            _work.Add(action);
        else
            Try(action);
    }

    private void Run() => Try(() =>
    {
        foreach (Action action in _work.GetConsumingEnumerable())
            action();
    });

    private void Try(Action action)
    {
        try
        {
            action();
        }
#pragma warning disable CA1031 // A segment that cannot be made or sealed fails the store, whatever the reason.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _broken.Cancel();
            _failed(e);
        }
    }

    private void Prepare()
    {
        var next = Segment.Create(_directory, _nextNumber++);
        _device.Attach(next);
        _prepared.Add(next);
    }

    private void SealNow(Segment segment)
    {
        SegmentTrailer trailer;
        SegmentMap map;
        lock (_index.Gate)
        {
            trailer = new SegmentTrailer(
                segment.Number, segment.FirstSequence, segment.LastSequence, segment.DataEnd, 0, 0, 0);
            map = segment.Map!;
        }

        _device.Detach(segment);
        long bytes = SegmentTrailer.Seal(segment.Writer!, _storeId, trailer, map.Encode());
        segment.Writer!.Dispose();

        SegmentReader reader;
        lock (_index.Gate)
        {
            reader = segment.Reader!;
            segment.Writer = null;
            segment.Reader = null;
            segment.Map = null;
            segment.DiskBytes = bytes;
            segment.Sealed = true;
        }

        reader.Release();
    }

    private void DeleteNow(Segment segment)
    {
        File.Delete(segment.Path);
        DirectorySync.Flush(_directory);
        // After the name is gone, so that nobody opens it again: an open handle would keep the space.
        _readers.Forget(segment.Number);
        lock (_index.Gate)
            _index.Segments.Remove(segment.Number);
    }
}
