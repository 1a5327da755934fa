using System.Buffers;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Part of a group's state: what waits on the lanes from it to other groups, numbered per target.</summary>
internal sealed class Outbox
{
    private readonly SortedDictionary<int, Lane> _lanes = [];

    /// <summary>Bytes that wait.</summary>
    public long Bytes { get; private set; }

    public void Add(GroupId target, ReadOnlySpan<byte> payload)
    {
        if (!_lanes.TryGetValue(target.Value, out Lane? lane))
            _lanes.Add(target.Value, lane = new Lane());
        lane.Waiting.Enqueue(payload.ToArray());
        Bytes += payload.Length;
    }

    /// <summary>The other side has everything up to <paramref name="upTo"/>; gives back what was struck out.</summary>
    /// <param name="target">The other side.</param>
    /// <param name="epoch">Life of the lane that is meant; a word about an earlier one says nothing.</param>
    /// <param name="upTo">Last number that it has.</param>
    public List<ReadOnlyMemory<byte>> Strike(GroupId target, int epoch, long upTo)
    {
        List<ReadOnlyMemory<byte>> struck = [];
        if (!_lanes.TryGetValue(target.Value, out Lane? lane) || lane.Epoch != epoch)
            return struck;
        while (lane.Done < upTo && lane.Waiting.TryDequeue(out ReadOnlyMemory<byte> payload))
        {
            lane.Done++;
            Bytes -= payload.Length;
            struck.Add(payload);
        }

        return struck;
    }

    /// <summary>A local group is gone; its successor counts from 1. Gives back what waited.</summary>
    public List<ReadOnlyMemory<byte>> Restart(GroupId target)
    {
        if (!_lanes.TryGetValue(target.Value, out Lane? lane))
            return [];
        List<ReadOnlyMemory<byte>> dropped = [.. lane.Waiting];
        foreach (ReadOnlyMemory<byte> payload in dropped)
            Bytes -= payload.Length;
        lane.Waiting.Clear();
        lane.Done = 0;
        lane.Epoch++;
        return dropped;
    }

    /// <summary>Counts the lives of the lane to a target.</summary>
    public int Epoch(GroupId target) => _lanes.TryGetValue(target.Value, out Lane? lane) ? lane.Epoch : 0;

    /// <summary>Targets that something waits for, ascending.</summary>
    public IEnumerable<GroupId> Targets =>
        _lanes.Where(lane => lane.Value.Waiting.Count > 0).Select(lane => new GroupId(lane.Key));

    /// <summary>Everything that waits.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Everything => _lanes.Values.SelectMany(lane => lane.Waiting);

    /// <summary>What waits for a target, with numbers above <paramref name="above"/>, at most that many.</summary>
    public IEnumerable<(long Number, ReadOnlyMemory<byte> Payload)> Waiting(GroupId target, long above, int most)
    {
        if (!_lanes.TryGetValue(target.Value, out Lane? lane))
            yield break;
        long number = lane.Done;
        foreach (ReadOnlyMemory<byte> payload in lane.Waiting)
        {
            if (++number <= above)
                continue;
            if (most-- <= 0)
                yield break;
            yield return (number, payload);
        }
    }

    /// <summary>Everything up to this number is struck out.</summary>
    public long DoneUpTo(GroupId target) => _lanes.TryGetValue(target.Value, out Lane? lane) ? lane.Done : 0;

    public void Write(IBufferWriter<byte> output)
    {
        output.WriteInt32(_lanes.Count);
        foreach ((int target, Lane lane) in _lanes)
        {
            output.WriteInt32(target);
            output.WriteInt32(lane.Epoch);
            output.WriteInt64(lane.Done);
            output.WriteInt32(lane.Waiting.Count);
            foreach (ReadOnlyMemory<byte> payload in lane.Waiting)
                output.WriteBytes(payload.Span);
        }
    }

    public void Read(ref StateReader input)
    {
        _lanes.Clear();
        Bytes = 0;
        for (int i = input.ReadCount(); i > 0; i--)
        {
            int target = input.ReadInt32();
            var lane = new Lane { Epoch = input.ReadInt32(), Done = input.ReadInt64() };
            for (int k = input.ReadCount(); k > 0; k--)
            {
                byte[] payload = input.ReadBytes().ToArray();
                lane.Waiting.Enqueue(payload);
                Bytes += payload.Length;
            }

            _lanes.Add(target, lane);
        }
    }

    private sealed class Lane
    {
        public int Epoch { get; set; }

        public long Done { get; set; }

        public Queue<ReadOnlyMemory<byte>> Waiting { get; } = [];
    }
}
