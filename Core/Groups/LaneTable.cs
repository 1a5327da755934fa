using System.Buffers;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Part of a group's state: per lane the last batch applied and the answers that its source has not said it has.
/// A repeated batch gets its first answers, a gap is refused, a lane of a life that is gone is refused for ever.
/// </summary>
internal sealed class LaneTable
{
    /// <summary>Answered batches kept per lane; a source sends no more ahead of the answers it has.</summary>
    public const int MaxKeptBatches = 256;

    private readonly SortedDictionary<LaneSource, Lane> _lanes = new(LaneOrder.Instance);
    private readonly SortedDictionary<int, long> _goneUpTo = [];

    /// <summary>Decides on a batch before it is applied.</summary>
    /// <param name="header">The batch's header.</param>
    /// <param name="first">Answers of the first time, when it is a repetition.</param>
    public LaneVerdict Judge(in BatchHeader header, out Answer[]? first)
    {
        first = null;
        if (IsGone(header.Source))
            return LaneVerdict.Gone;
        if (!_lanes.TryGetValue(header.Source, out Lane? lane))
            return header.Number == 1 ? LaneVerdict.Next : LaneVerdict.Gap;
        if (header.Number == lane.Last + 1)
            return lane.Kept.Count < MaxKeptBatches || header.SeenUpTo >= lane.FirstKept
                ? LaneVerdict.Next
                : LaneVerdict.Gap;
        if (header.Number > lane.Last)
            return LaneVerdict.Gap;
        // Answers that the source has seen are forgotten; it then has no use for the repetition either.
        if (header.Number < lane.FirstKept)
            return LaneVerdict.Forgotten;
        first = lane.Kept.ElementAt((int)(header.Number - lane.FirstKept));
        return LaneVerdict.Repeated;
    }

    public void Record(in BatchHeader header, Answer[] answers)
    {
        // The batch itself may have ended its lane (a node that is told gone by its own message).
        if (IsGone(header.Source))
            return;
        if (!_lanes.TryGetValue(header.Source, out Lane? lane))
            _lanes.Add(header.Source, lane = new Lane());
        while (lane.Kept.Count > 0 && lane.FirstKept <= header.SeenUpTo)
            lane.Kept.Dequeue();
        lane.Last = header.Number;
        lane.Kept.Enqueue(answers);
    }

    /// <summary>The next number expected on a lane.</summary>
    public long Expected(LaneSource source) => LastOf(source) + 1;

    /// <summary>Last batch applied; 0 when none was.</summary>
    public long LastOf(LaneSource source) => _lanes.TryGetValue(source, out Lane? lane) ? lane.Last : 0;

    /// <summary>Ends the lanes of a node's life, and of its earlier ones, and of its local group.</summary>
    public void End(NodeIncarnation gone)
    {
        if (_goneUpTo.TryGetValue(gone.Node.Value, out long before) && before >= gone.Incarnation)
            return;
        _goneUpTo[gone.Node.Value] = gone.Incarnation;
        foreach (LaneSource source in _lanes.Keys.Where(IsGone).ToList())
            _lanes.Remove(source);
    }

    /// <summary>Lives of nodes that sent something and are not gone.</summary>
    public IEnumerable<NodeIncarnation> LiveNodes => _lanes.Keys
        .Where(source => source.Kind == LaneSourceKind.Node)
        .Select(source => new NodeIncarnation(new NodeId(source.Id), source.Incarnation));

    public bool IsGone(NodeIncarnation life) => IsGone(LaneSource.Of(life));

    public void Write(IBufferWriter<byte> output)
    {
        output.WriteInt32(_goneUpTo.Count);
        foreach ((int node, long incarnation) in _goneUpTo)
        {
            output.WriteInt32(node);
            output.WriteInt64(incarnation);
        }

        output.WriteInt32(_lanes.Count);
        foreach ((LaneSource source, Lane lane) in _lanes)
        {
            output.WriteByte((byte)source.Kind);
            output.WriteInt32(source.Id);
            output.WriteInt64(source.Incarnation);
            output.WriteInt64(lane.Last);
            output.WriteInt32(lane.Kept.Count);
            foreach (Answer[] answers in lane.Kept)
            {
                output.WriteInt32(answers.Length);
                foreach (Answer answer in answers)
                    AnswerCodec.Write(output, answer);
            }
        }
    }

    public void Read(ref StateReader input)
    {
        _lanes.Clear();
        _goneUpTo.Clear();
        for (int i = input.ReadCount(); i > 0; i--)
            _goneUpTo.Add(input.ReadInt32(), input.ReadInt64());
        for (int i = input.ReadCount(); i > 0; i--)
        {
            var source = new LaneSource((LaneSourceKind)input.ReadByte(), input.ReadInt32(), input.ReadInt64());
            var lane = new Lane { Last = input.ReadInt64() };
            for (int k = input.ReadCount(); k > 0; k--)
            {
                var answers = new Answer[input.ReadCount()];
                for (int a = 0; a < answers.Length; a++)
                    answers[a] = AnswerCodec.Read(ref input);
                lane.Kept.Enqueue(answers);
            }

            _lanes.Add(source, lane);
        }
    }

    /// <summary>The lane's life has ended.</summary>
    public bool IsGone(LaneSource source)
    {
        int node = source.Kind switch
        {
            LaneSourceKind.Node => source.Id,
            LaneSourceKind.Group when source.Id < 0 => -source.Id,
            _ => 0,
        };
        return node != 0 && _goneUpTo.TryGetValue(node, out long upTo) && source.Incarnation <= upTo;
    }

    private sealed class Lane
    {
        public long Last { get; set; }

        /// <summary>Answers of the batches up to <see cref="Last"/>, without a hole.</summary>
        public Queue<Answer[]> Kept { get; } = [];

        public long FirstKept => Last - Kept.Count + 1;
    }

    private sealed class LaneOrder : IComparer<LaneSource>
    {
        public static readonly LaneOrder Instance = new();

        public int Compare(LaneSource x, LaneSource y)
        {
            // An enumeration compares itself with objects: two of them for each look.
            int order = ((byte)x.Kind).CompareTo((byte)y.Kind);
            if (order == 0)
                order = x.Id.CompareTo(y.Id);
            return order == 0 ? x.Incarnation.CompareTo(y.Incarnation) : order;
        }
    }
}
