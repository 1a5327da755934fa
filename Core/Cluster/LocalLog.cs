using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Entries of a local group, kept as long as something refers to them.</summary>
internal sealed class LocalLog : IUnitReader
{
    private Dictionary<long, ReadOnlyMemory<byte>> _entries = [];

    public long Bytes { get; private set; }

    public void Add(in Entry entry)
    {
        _entries.Add(entry.Index, entry.Payload);
        Bytes += entry.Payload.Length;
    }

    /// <summary>Forgets everything but the entries named.</summary>
    public void Keep(IReadOnlyList<long> live)
    {
        var kept = new Dictionary<long, ReadOnlyMemory<byte>>(live.Count);
        long bytes = 0;
        foreach (long index in live)
        {
            if (!_entries.TryGetValue(index, out ReadOnlyMemory<byte> payload))
                continue;
            kept.Add(index, payload);
            bytes += payload.Length;
        }

        _entries = kept;
        Bytes = bytes;
    }

    public ReadOnlyMemory<byte> ReadCommand(UnitRef unit) => BatchView.Command(_entries[unit.Index], unit.Slot);

    public long TimestampMs(long index) => BatchHeader.Read(_entries[index].Span).TimestampMs;
}
