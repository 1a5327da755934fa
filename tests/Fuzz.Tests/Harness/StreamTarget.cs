using System.Buffers;

namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>A codec that cuts units off the front of what has arrived so far. Whatever pieces it arrives in, the units
/// and the refusal must be the same.</summary>
internal abstract class StreamTarget(string name) : FuzzTarget(name)
{
    /// <summary>Cuts one unit off the front, and takes it apart.</summary>
    /// <returns>Null: it takes more bytes.</returns>
    public delegate object? Cutter(ref ReadOnlySequence<byte> input);

    /// <summary>A connection's own.</summary>
    protected abstract Cutter Open();

    /// <summary>A refusal is a part of what is decoded: it must not depend on the cuts, either.</summary>
    public sealed override object? Decode(byte[] input)
    {
        var stream = new Stream();
        var left = new ReadOnlySequence<byte>(input);
        Cut(Open(), ref left, stream);
        stream.Left = left.Length;
        return stream;
    }

    public sealed override bool IsAccepted(object? decoded) => decoded is Stream { Refusal: null };

    public sealed override void Check(byte[] input, object? decoded, Cuts cuts)
    {
        var whole = (Stream)decoded!;
        string expected = whole.ToString();
        CheckUnits(whole.Units);
        foreach (int cut in cuts.Of(input.Length))
            Compare(expected, input, [cut, input.Length], $"cut at {cut}");
        if (cuts.ByteByByte(input.Length))
            Compare(expected, input, [.. Enumerable.Range(1, input.Length)], "byte by byte");
    }

    /// <summary>What the peer gets to know of a refusal.</summary>
    protected virtual string Told(Exception refusal) => $"{refusal.GetType().Name}: {refusal.Message}";

    /// <summary>Units that were decoded are the same once encoded and decoded again, where the codec has both
    /// ways.</summary>
    protected virtual void CheckUnits(IReadOnlyList<object> units)
    {
    }

    /// <param name="expected">What came of the whole.</param>
    /// <param name="input">The whole.</param>
    /// <param name="ends">How many bytes have arrived, from time to time.</param>
    /// <param name="how">For the failure.</param>
    private void Compare(string expected, byte[] input, int[] ends, string how)
    {
        var stream = new Stream();
        Cutter cut = Open();
        var arrived = new Pieces();
        int from = 0;
        foreach (int end in ends)
        {
            arrived.Add(input.AsMemory(from, end - from));
            from = end;
            ReadOnlySequence<byte> left = arrived.Sequence;
            Cut(cut, ref left, stream);
            if (stream.Refusal is not null)
                break;
            arrived.Consume(left.Start);
        }
        stream.Left = arrived.Sequence.Length;
        if (stream.ToString() is var got && got != expected)
            throw new FuzzFailure($"{how}: {got}\nwhole: {expected}");
    }

    private void Cut(Cutter cut, ref ReadOnlySequence<byte> left, Stream stream)
    {
        try
        {
            while (cut(ref left) is { } unit)
                stream.Units.Add(unit);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            stream.Refusal = Told(refusal);
        }
    }

    private sealed class Stream
    {
        public List<object> Units { get; } = [];

        public string? Refusal { get; set; }

        /// <summary>Bytes that are less than a unit; says nothing after a refusal.</summary>
        public long Left { get; set; }

        public override string ToString() => $"{Shape.Of(Units)}, then {Refusal ?? $"{Left} bytes"}";
    }
}
