using System.Buffers;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Encodes the short commands of <see cref="ParkedPart"/>; <see cref="ParkHead.Write"/> has the long
/// one.</summary>
internal static class ParkedCommands
{
    /// <summary>Answered Ok; Gone when it is not parked (any more), or not prepared with that owner.</summary>
    public static void Show(IBufferWriter<byte> output, NamespaceId ns, long position, string owner) =>
        Write(output, ParkedCommandKind.Show, ns, position, owner);

    /// <summary>Answered Ok; Gone when it is not parked (any more), or not prepared with that owner.</summary>
    public static void Drop(IBufferWriter<byte> output, NamespaceId ns, long position, string owner) =>
        Write(output, ParkedCommandKind.Drop, ns, position, owner);

    /// <param name="token">Tells the leader that its command was applied.</param>
    public static void List(IBufferWriter<byte> output, long token, IReadOnlyCollection<long> positions)
    {
        output.PutByte((byte)ParkedCommandKind.List);
        output.PutInt64(token);
        output.PutCount(positions.Count);
        foreach (long position in positions)
            output.PutInt64(position);
    }

    private static void Write(
        IBufferWriter<byte> output, ParkedCommandKind kind, NamespaceId ns, long position, string owner)
    {
        output.PutByte((byte)kind);
        output.PutInt64(ns.Value);
        output.PutInt64(position);
        output.PutString(owner);
    }
}
