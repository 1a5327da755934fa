using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Tests.StoreWriter;

/// <summary>What the child process writes, so that the test can tell its entries from alien ones.</summary>
public static class WriterScript
{
    public const int Groups = 3;

    private const int TermBits = 16;

    /// <summary>Entries of a write differ in size, so that they end anywhere in a page.</summary>
    public static Entry EntryOf(GroupId group, long index, long term)
    {
        var random = new Random(HashCodeOf(group, index, term));
        byte[] payload = new byte[random.Next(0, 3000)];
        random.NextBytes(payload);
        return new Entry(index, term, EntryKind.Batch, payload);
    }

    /// <summary>State of a snapshot that names the entries which came with it.</summary>
    public static ReadOnlySequence<byte> InstalledState(long term, long[] live)
    {
        byte[] state = new byte[(1 + live.Length) * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(state, term);
        for (int i = 0; i < live.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan((1 + i) * sizeof(long)), live[i]);
        return new ReadOnlySequence<byte>(state);
    }

    /// <summary>The entries that a snapshot names.</summary>
    public static IEnumerable<Entry> LiveEntries(GroupId group, ReadOnlySequence<byte> state)
    {
        byte[] bytes = state.ToArray();
        long term = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        for (int at = sizeof(long); at < bytes.Length; at += sizeof(long))
        {
            long value = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            if (term > 0)
                yield return EntryOf(group, value, term);
            else if (value < 0)
                yield return EntryOf(group, -value >> TermBits, -value & ((1 << TermBits) - 1));
        }
    }

    /// <summary>Content of a block, by its name.</summary>
    public static byte[] BlockOf(BlockName name)
    {
        var random = new Random(HashCodeOf(new GroupId((int)name.Queue.Value), name.First, 5));
        byte[] block = new byte[random.Next(1, 9000)];
        random.NextBytes(block);
        return block;
    }

    /// <summary>The blocks that come with a snapshot of a leader.</summary>
    public static BlockName[] InstalledBlocks(GroupId group, long index) =>
        [NameOf(group, index * 10), NameOf(group, (index * 10) + 1)];

    /// <summary>State of a snapshot that the node took itself: names its blocks, and, below zero, its entries.</summary>
    public static ReadOnlySequence<byte> SavedState(IEnumerable<BlockName> blocks, IEnumerable<Entry> live) =>
        InstalledState(
            0, [.. blocks.Select(name => name.First), .. live.Select(entry => -((entry.Index << TermBits) | entry.Term))]);

    /// <summary>The blocks that a snapshot names.</summary>
    public static BlockName[] NamedBlocks(GroupId group, long index, ReadOnlySequence<byte> state)
    {
        byte[] bytes = state.ToArray();
        if (BinaryPrimitives.ReadInt64LittleEndian(bytes) > 0)
            return InstalledBlocks(group, index);
        return
        [
            .. Enumerable.Range(1, (bytes.Length / sizeof(long)) - 1)
                .Select(i => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i * sizeof(long))))
                .Where(first => first > 0)
                .Select(first => NameOf(group, first)),
        ];
    }

    public static BlockName NameOf(GroupId group, long first) => new(new QueueId(group.Value), first);

    private static int HashCodeOf(GroupId group, long index, long term) =>
        unchecked((int)(group.Value * 1_000_003 + index * 31 + term * 7919));
}
