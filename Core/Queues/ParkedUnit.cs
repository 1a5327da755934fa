using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A parked message; its body is in the log.</summary>
/// <param name="Unit">Where it is stored.</param>
/// <param name="Namespace">Of its topic.</param>
/// <param name="Owner">Who may be asked about it; "" = nobody.</param>
/// <param name="StoredMs">Log time of the publish, Unix ms.</param>
/// <param name="DueMs">Log time at which it is shown by itself; <see cref="long.MaxValue"/> = it is not.</param>
/// <param name="TimesListed">How often it was given out to be asked about.</param>
/// <param name="ListedMs">Log time of the last time, or of the publish.</param>
internal sealed record ParkedUnit(
    UnitRef Unit, NamespaceId Namespace, string Owner, long StoredMs, long DueMs, int TimesListed, long ListedMs)
{
    /// <summary>Somebody must say what becomes of it.</summary>
    public bool IsPrepared => Owner.Length > 0 && DueMs == long.MaxValue;

    public void Write(IBufferWriter<byte> output)
    {
        output.PutUnit(Unit);
        output.PutInt64(Namespace.Value);
        output.PutString(Owner);
        output.PutInt64(StoredMs);
        output.PutInt64(DueMs);
        output.PutInt32(TimesListed);
        output.PutInt64(ListedMs);
    }

    public static ParkedUnit Read(ref QueueCommandReader input) => new(
        input.ReadUnit(),
        new NamespaceId(input.ReadInt64()),
        input.ReadString(),
        input.ReadInt64(),
        input.ReadInt64(),
        input.ReadInt32(),
        input.ReadInt64());
}
