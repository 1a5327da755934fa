using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Tests.StoreWriter;

/// <summary>What the child process writes, so that the test can tell its entries from alien ones.</summary>
public static class WriterScript
{
    public const int Groups = 3;

    /// <summary>Entries of a write differ in size, so that they end anywhere in a page.</summary>
    public static Entry EntryOf(GroupId group, long index, long term)
    {
        var random = new Random(HashCodeOf(group, index, term));
        byte[] payload = new byte[random.Next(0, 3000)];
        random.NextBytes(payload);
        return new Entry(index, term, EntryKind.Batch, payload);
    }

    private static int HashCodeOf(GroupId group, long index, long term) =>
        unchecked((int)(group.Value * 1_000_003 + index * 31 + term * 7919));
}
