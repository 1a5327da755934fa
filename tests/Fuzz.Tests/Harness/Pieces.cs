using System.Buffers;

namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>Received bytes in the segments in which they came.</summary>
internal sealed class Pieces
{
    private Segment? _first;
    private Segment? _last;
    private int _start;

    public ReadOnlySequence<byte> Sequence => _first is null
        ? ReadOnlySequence<byte>.Empty
        : new ReadOnlySequence<byte>(_first, _start, _last!, _last!.Memory.Length);

    public void Add(ReadOnlyMemory<byte> piece)
    {
        if (piece.IsEmpty)
            return;
        _last = _last is null ? _first = new Segment(piece) : _last.Append(piece);
    }

    /// <summary>What is in front of this position is done with.</summary>
    public void Consume(SequencePosition position)
    {
        if (position.GetObject() is not Segment segment)
            return;
        (_first, _start) = (segment, position.GetInteger());
        if (_start == segment.Memory.Length && segment == _last)
            (_first, _last, _start) = (null, null, 0);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
