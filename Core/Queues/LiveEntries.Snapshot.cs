using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <content>As bytes of a snapshot.</content>
internal sealed partial class LiveEntries
{
    /// <summary>A page in a snapshot: a bit for each entry, because all that live have one reference.</summary>
    private const byte OnceEach = 1;

    /// <summary>A page in a snapshot: a byte for each entry, and the numbers of those that have many.</summary>
    private const byte Counted = 2;

    public void Write(IBufferWriter<byte> output)
    {
        output.PutCount(_pages.Count);
        foreach (long number in SortedPages())
        {
            output.PutInt64(number);
            WritePage(output, number, _pages[number]);
        }

        long[] keepers = [.. _kept.Keys];
        Array.Sort(keepers);
        output.PutCount(keepers.Length);
        foreach (long index in keepers)
        {
            Kept kept = _kept[index];
            output.PutInt64(index);
            output.PutCount(kept.Bodies.Count);
            foreach (UnitRef body in kept.Bodies)
                output.PutUnit(body);
            output.PutCount(kept.Uploads.Count);
            foreach ((int slot, UnitRef[] chunks) in kept.Uploads)
            {
                output.PutInt32(slot);
                output.PutCount(chunks.Length);
                foreach (UnitRef chunk in chunks)
                    output.PutUnit(chunk);
            }
        }
    }

    public void Read(ref QueueCommandReader input)
    {
        for (int pages = input.ReadCount(); pages > 0; pages--)
            ReadPage(ref input, input.ReadInt64());

        for (int keepers = input.ReadCount(); keepers > 0; keepers--)
        {
            Kept kept = KeptBy(input.ReadInt64());
            for (int bodies = input.ReadCount(); bodies > 0; bodies--)
                kept.Bodies.Add(input.ReadUnit());
            for (int uploads = input.ReadCount(); uploads > 0; uploads--)
            {
                int slot = input.ReadInt32();
                var chunks = new UnitRef[input.ReadCount()];
                for (int i = 0; i < chunks.Length; i++)
                    chunks[i] = input.ReadUnit();
                kept.Uploads.Add((slot, chunks));
            }
        }
    }

    private void WritePage(IBufferWriter<byte> output, long number, Page page)
    {
        output.PutInt64(page.Added);
        output.PutInt32(page.AddedEntries);
        bool onceEach = page.Counts.AsSpan().IndexOfAnyExcept((byte)0, (byte)1) < 0;
        output.PutByte(onceEach ? OnceEach : Counted);
        if (onceEach)
        {
            Span<byte> bits = output.GetSpan(PageEntries / 8)[..(PageEntries / 8)];
            bits.Clear();
            for (int i = 0; i < PageEntries; i++)
                bits[i >> 3] |= (byte)(page.Counts[i] << (i & 7));
            output.Advance(PageEntries / 8);
        }
        else
        {
            output.Write(page.Counts);
            for (int i = 0; i < PageEntries; i++)
            {
                if (page.Counts[i] == Many)
                    output.PutInt32(_many[(number << PageBits) + i]);
            }
        }

        output.PutFlag(page.Bytes is not null);
        for (int i = 0; page.Bytes is not null && i < PageEntries; i++)
        {
            if (page.Counts[i] > 0)
                output.PutInt32(page.Bytes[i]);
        }
    }

    private void ReadPage(ref QueueCommandReader input, long number)
    {
        long first = number << PageBits;
        (long added, int addedEntries) = (input.ReadInt64(), input.ReadInt32());
        Span<byte> counts = stackalloc byte[PageEntries];
        if (input.ReadByte() == OnceEach)
        {
            ReadOnlySpan<byte> bits = input.ReadMemory(PageEntries / 8).Span;
            for (int i = 0; i < PageEntries; i++)
                counts[i] = (byte)(bits[i >> 3] >> (i & 7) & 1);
        }
        else
        {
            input.ReadMemory(PageEntries).Span.CopyTo(counts);
        }

        for (int i = 0; i < PageEntries; i++)
        {
            int references = counts[i] == Many ? input.ReadInt32() : counts[i];
            if (references == 0)
                continue;
            Page page = Add(first + i, references);
            (page.Added, page.AddedEntries) = (added, addedEntries);
        }

        if (!input.ReadFlag())
            return;
        for (int i = 0; i < PageEntries; i++)
        {
            if (counts[i] > 0)
                AddBytes(first + i, input.ReadInt32());
        }
    }
}
