using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>The state in a snapshot.</summary>
public sealed partial class QueueMachine
{
    /// <inheritdoc/>
    /// <remarks>Rows of sealed blocks are not in it: their blocks are in the block store when this returns.</remarks>
    public void WriteState(IBufferWriter<byte> output)
    {
        _rows?.StoreAll();
        output.PutInt32(MachineVersion);
        output.PutInt64(_nextDuty);
        output.PutInt64(_outboxBytes);
        output.PutInt64(_nextPosition);
        _live.Write(output);
        _uploads.Write(output);
        _producers.Write(output);
        output.PutCount(_duties.Count);
        foreach (Duty duty in _duties.Values)
            duty.Write(output);
        output.PutCount(_queues.Count);
        foreach (QueueState queue in _queues.Values)
            queue.Write(output);
        foreach (IMachinePart part in _parts)
            part.Write(output);
    }

    public void ReadState(ReadOnlySequence<byte> input)
    {
        var reader = new QueueCommandReader(input.IsSingleSegment ? input.First : input.ToArray());
        MachineVersion = reader.ReadInt32();
        Invariant.Check(MachineVersion == CurrentVersion,
            "a snapshot is of a machine version that this node lacks");
        _nextDuty = reader.ReadInt64();
        _outboxBytes = reader.ReadInt64();
        _nextPosition = reader.ReadInt64();
        Clear();
        _live.Read(ref reader);
        _uploads.Read(ref reader);
        _producers.Read(ref reader);
        for (int count = reader.ReadCount(); count > 0; count--)
        {
            Duty duty = Duty.Read(ref reader);
            _duties.Add(duty.Number, duty);
            _dutyBytes += duty.Bytes;
        }

        for (int count = reader.ReadCount(); count > 0; count--)
        {
            QueueState queue = QueueState.Read(ref reader, _live, _rows, _spareRows, Options.RowsPerBlock);
            _queues.Add(queue.Id.Value, queue);
            if (queue.IsPartition)
                _partitions.Add(queue.Id.Value, queue);
            if (queue.Definition.Owner is { } owner)
                Remember(owner, queue.Id);
            foreach ((ConsumerKey consumer, _) in queue.Consumers)
                Remember(consumer.Connection, queue.Id);
            Schedule(queue);
        }

        foreach (IMachinePart part in _parts)
            part.Read(ref reader);
        reader.End();
    }

    /// <inheritdoc/>
    public LiveSlots FindLive(
        long first, long last, int maxReferences, IEnumerable<ReadOnlyMemory<byte>> outbox)
    {
        var live = new LiveSlots(first, _live.LastWithin(first, last, maxReferences));
        foreach (QueueState queue in _queues.Values)
            queue.FindLive(live);
        foreach (Duty duty in _duties.Values)
            live.Add(duty.Unit);
        foreach (ReadOnlyMemory<byte> payload in outbox)
        {
            if (HeldBy(payload) is { IsNone: false } held)
                live.Add(held);
        }

        _uploads.FindLive(live);
        _live.FindKept(live);
        foreach (IMachinePart part in _parts)
            part.FindLive(live);
        _live.Complete(live);
        return live;
    }

    private void Clear()
    {
        _live = new LiveEntries(Options.MaxStoredBytes is not null);
        _uploads = new Uploads(Options, _live);
        _producers.Clear();
        _rows = NewCache();
        _duties.Clear();
        _dutyBytes = 0;
        _queues.Clear();
        _partitions.Clear();
        _connections.Clear();
        _due.Clear();
    }

    private RowCache? NewCache() => _blocks is null ? null : new RowCache(_blocks, _rowCacheBytes);
}
