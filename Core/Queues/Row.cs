using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>One message of a queue: 16 bytes, in memory as in snapshots (little-endian).</summary>
/// <param name="Unit">Where the unit or the overlay is stored: index in the upper 48 bits, slot in the lower
/// 16.</param>
/// <param name="AgeMs">When it was stored, after the block's base time.</param>
/// <param name="Ttl">The message's own time to live in ms, plus one; 0 = none. In a partition, where nothing expires by
/// itself: how far its position is above that of the block's first row.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = Bytes)]
internal readonly record struct Row(ulong Unit, uint AgeMs, uint Ttl)
{
    public const int Bytes = 16;

    public static ulong Pack(UnitRef unit)
    {
        Invariant.Check(unit.Index < 1L << 48 && unit.Slot < 1 << 16, "a unit does not fit a row");
        return ((ulong)unit.Index << 16) | (uint)unit.Slot;
    }

    /// <summary>Times to live of 49 days and more do not fit and count as none.</summary>
    public static uint PackTtl(long ttlMs) => ttlMs is < 0 or >= uint.MaxValue - 1 ? 0 : (uint)ttlMs + 1;

    public UnitRef UnitRef => new((long)(Unit >> 16), (int)(Unit & 0xFFFF));

    public long Index => (long)(Unit >> 16);

    /// <summary>-1 = none.</summary>
    public long TtlMs => (long)Ttl - 1;
}
