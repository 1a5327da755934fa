namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>What an entry counts against the limits in bytes: its payload and a share for its header and
/// object.</summary>
internal static class EntrySize
{
    /// <summary>So that empty entries are not free, and no limit in bytes admits an unbounded number of
    /// them.</summary>
    public const int Overhead = 32;

    public static int Of(in Entry entry) => entry.Payload.Length + Overhead;

    public static int Of(IReadOnlyList<Entry> entries)
    {
        int bytes = 0;
        for (int i = 0; i < entries.Count; i++)
            bytes += Of(entries[i]);
        return bytes;
    }
}
