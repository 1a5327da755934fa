using System.Buffers;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>The queue in a snapshot.</summary>
internal sealed partial class QueueState
{
    public void Write(IBufferWriter<byte> output)
    {
        QueueCommandWriter.CreateQueue(output, Definition);
        output.PutInt64(NextSequence);
        output.PutInt64(RewindFloor);
        output.PutInt64(DeliveredMark);
        output.PutInt64(_nextCheckOut);
        output.PutInt64(UnsettledBytes);
        output.PutInt64(CheckedOutBytes);
        output.PutInt64(DelayedBytes);
        _blocks.Write(output);
        WriteExceptional(output);
        WriteRequests(output);
        output.PutCount(ConsumerCount);
        foreach ((ConsumerKey consumer, Attachment attachment) in Consumers)
        {
            output.PutConsumer(consumer);
            output.PutInt32(attachment.Priority);
            output.PutFlag(attachment.Exclusive);
            output.PutInt64(attachment.Epoch);
        }
    }

    public static QueueState Read(
        ref QueueCommandReader input, LiveEntries live, RowCache? rows, SpareRows spare, int rowsPerBlock)
    {
        Invariant.Check(input.ReadKind() == QueueCommandKind.CreateQueue,
            "a snapshot's queue has no definition");
        var queue = new QueueState(QueueMachine.ReadDefinition(ref input), live, rows, spare, rowsPerBlock)
        {
            NextSequence = input.ReadInt64(),
            RewindFloor = input.ReadInt64(),
            DeliveredMark = input.ReadInt64(),
            _nextCheckOut = input.ReadInt64(),
            UnsettledBytes = input.ReadInt64(),
            CheckedOutBytes = input.ReadInt64(),
            DelayedBytes = input.ReadInt64(),
        };
        queue._blocks.Read(ref input);
        queue.CountRows();
        queue.ReadExceptional(ref input);
        queue.ReadRequests(ref input);
        for (int count = input.ReadCount(); count > 0; count--)
        {
            ConsumerKey consumer = input.ReadConsumer();
            queue.Add(consumer, new Attachment(input.ReadInt32(), input.ReadFlag(), input.ReadInt64()));
        }

        return queue;
    }

    private void CountRows()
    {
        for (int position = 0; position < _blocks.Count; position++)
        {
            RowBlock block = _blocks[position];
            Unsettled += block.Count - block.SettledCount;
            for (int offset = 0; Settings.RewindMs > 0 && block.SettledCount > 0 && offset < block.Count; offset++)
            {
                if (block.IsSettled(offset) && !block.IsDropped(offset) && KeepsForRewind(block.First + offset))
                    Rewindable++;
            }
        }
    }

    private void WriteExceptional(IBufferWriter<byte> output)
    {
        long[] sequences = [.. _exceptional.Keys];
        Array.Sort(sequences);
        output.PutCount(sequences.Length);
        foreach (long sequence in sequences)
        {
            Exceptional found = _exceptional[sequence];
            output.PutInt64(sequence);
            output.PutInt32(found.Deliveries);
            output.PutInt64(found.FirstCheckOutMs);
            output.PutInt64(found.CheckOut);
            output.PutInt64(found.DeadlineMs);
            output.PutInt64(found.DelayDueMs);
            if (found.CheckOut != 0)
                output.PutRequest(_checkOuts[found.CheckOut].Request);
        }
    }

    private void ReadExceptional(ref QueueCommandReader input)
    {
        for (int count = input.ReadCount(); count > 0; count--)
        {
            long sequence = input.ReadInt64();
            var found = new Exceptional
            {
                Deliveries = input.ReadInt32(),
                FirstCheckOutMs = input.ReadInt64(),
                CheckOut = input.ReadInt64(),
                DeadlineMs = input.ReadInt64(),
                DelayDueMs = input.ReadInt64(),
            };
            _exceptional.Add(sequence, found);
            if (found.CheckOut != 0)
            {
                _checkOuts.Add(found.CheckOut, (sequence, input.ReadRequest()));
                _deadlines.Add(found.DeadlineMs, sequence);
            }

            if (found.DelayDueMs != 0)
            {
                Delayed++;
                _delays.Add(found.DelayDueMs, sequence);
            }
        }
    }

    private void WriteRequests(IBufferWriter<byte> output)
    {
        var requests = new List<KeyValuePair<RequestId, (long First, int Count, int Left)>>(_requests);
        requests.Sort(static (a, b) => a.Value.First.CompareTo(b.Value.First));
        output.PutCount(requests.Count);
        foreach ((RequestId request, (long first, int count, int left)) in requests)
        {
            output.PutRequest(request);
            output.PutInt64(first);
            output.PutInt32(count);
            output.PutInt32(left);
        }
    }

    private void ReadRequests(ref QueueCommandReader input)
    {
        for (int count = input.ReadCount(); count > 0; count--)
            _requests.Add(input.ReadRequest(), (input.ReadInt64(), input.ReadInt32(), input.ReadInt32()));
    }
}
