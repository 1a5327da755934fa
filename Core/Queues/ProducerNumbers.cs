using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Which publications a group has taken of the producers that number theirs (<see cref="ProducerNumber"/>): per
/// producer the last number, and the ones below it that were refused and may come again. A producer is forgotten when
/// its session ends; beyond the bound the one that was heard of longest ago is, so that a word that was late or never
/// came costs no memory for good.
/// </summary>
/// <param name="most">Producers, a count.</param>
internal sealed class ProducerNumbers(int most)
{
    /// <summary>Refused numbers kept per producer, a count; beyond it the lowest counts as taken.</summary>
    public const int MaxRefused = 1_024;

    private readonly SortedDictionary<long, Numbers> _producers = [];

    /// <summary>Producers by the log index of their last publication, then their id.</summary>
    private readonly SortedSet<(long Index, long Producer)> _byUse = [];

    /// <summary>Whether the group has that number already.</summary>
    public bool Has(ProducerNumber number) =>
        _producers.TryGetValue(number.Producer, out Numbers? known)
        && number.Number <= known.Last
        && known.Refused?.Contains(number.Number) != true;

    /// <summary>A publication was stored, or all of its queues refused it or were gone.</summary>
    /// <param name="number">One that <see cref="Has"/> does not know.</param>
    /// <param name="stored">False: it may come again.</param>
    /// <param name="index">Log index of its entry.</param>
    public void Record(ProducerNumber number, bool stored, long index)
    {
        if (!_producers.TryGetValue(number.Producer, out Numbers? known))
        {
            if (_producers.Count >= most)
                Forget(_byUse.Min.Producer);
            _producers.Add(number.Producer, known = new Numbers());
        }
        else
        {
            _byUse.Remove((known.Index, number.Producer));
        }

        known.Index = index;
        _byUse.Add((index, number.Producer));
        if (stored)
            known.Refused?.Remove(number.Number);
        else
            Refuse(known, number.Number);
        known.Last = Math.Max(known.Last, number.Number);
    }

    public void Forget(long producer)
    {
        if (_producers.Remove(producer, out Numbers? known))
            _byUse.Remove((known.Index, producer));
    }

    public void Clear()
    {
        _producers.Clear();
        _byUse.Clear();
    }

    public void Write(IBufferWriter<byte> output)
    {
        output.PutCount(_producers.Count);
        foreach ((long producer, Numbers known) in _producers)
        {
            output.PutInt64(producer);
            output.PutInt64(known.Last);
            output.PutInt64(known.Index);
            output.PutCount(known.Refused?.Count ?? 0);
            foreach (long number in known.Refused ?? [])
                output.PutInt64(number);
        }
    }

    public void Read(ref QueueCommandReader input)
    {
        for (int count = input.ReadCount(); count > 0; count--)
        {
            long producer = input.ReadInt64();
            var known = new Numbers { Last = input.ReadInt64(), Index = input.ReadInt64() };
            for (int refused = input.ReadCount(); refused > 0; refused--)
                (known.Refused ??= []).Add(input.ReadInt64());
            _producers.Add(producer, known);
            _byUse.Add((known.Index, producer));
        }
    }

    private static void Refuse(Numbers known, long number)
    {
        known.Refused ??= [];
        known.Refused.Add(number);
        if (known.Refused.Count > MaxRefused)
            known.Refused.Remove(known.Refused.Min);
    }

    private sealed class Numbers
    {
        public long Last { get; set; }

        public long Index { get; set; }

        public SortedSet<long>? Refused { get; set; }
    }
}
