namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Gives the bytes of a stored command of the group, from memory or from the store.</summary>
public interface IUnitReader
{
    /// <summary>The command at that place, encoded as it was proposed; shared memory that never changes.</summary>
    ReadOnlyMemory<byte> ReadCommand(UnitRef unit);

    /// <summary>Log time of the entry, Unix ms.</summary>
    long TimestampMs(long index);
}
