using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Text;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>What is placed by hash is placed by one of 1,024 slots; the directory maps slots to data
/// groups.</summary>
public static class SlotMap
{
    public const int Slots = 1_024;

    /// <summary>Slot of a name: CRC-32C (Castagnoli) of the namespace's id, little-endian, and the name in
    /// UTF-8.</summary>
    public static int SlotOf(NamespaceId ns, string name) => SlotOf(ns.Value, name);

    /// <summary>Slot of a topic's last value: the same of the topic's id and the key.</summary>
    public static int SlotOf(TopicId topic, string key) => SlotOf(topic.Value, key);

    private static int SlotOf(long entity, string name)
    {
        Span<byte> id = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(id, entity);
        // Keys, and names of sessions, may be longer than the names of entities.
        int length = Encoding.UTF8.GetByteCount(name);
        Span<byte> text = length <= EntityName.MaxBytes ? stackalloc byte[EntityName.MaxBytes] : new byte[length];
        Encoding.UTF8.GetBytes(name, text);

        uint crc = uint.MaxValue;
        foreach (byte b in id)
            crc = BitOperations.Crc32C(crc, b);
        foreach (byte b in text[..length])
            crc = BitOperations.Crc32C(crc, b);
        return (int)(~crc % Slots);
    }

    /// <summary>The map of a new cluster: slots dealt out to groups 1..N in turn.</summary>
    internal static ImmutableArray<int> Initial(int dataGroups) =>
        [.. Enumerable.Range(0, Slots).Select(slot => slot % dataGroups + 1)];
}
