using System.Collections.Frozen;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The kinds of commands that a group with queues has in this version.</summary>
internal static class QueueCommandKinds
{
    private static readonly FrozenSet<byte> OfQueues =
        Enum.GetValues<QueueCommandKind>().Select(kind => (byte)kind).ToFrozenSet();

    private static readonly FrozenSet<byte> OfDataGroups =
    [
        .. OfQueues,
        .. Enum.GetValues<SessionCommandKind>().Select(kind => (byte)kind),
        .. Enum.GetValues<LastValueCommandKind>().Select(kind => (byte)kind),
        .. Enum.GetValues<ConsumerGroupCommandKind>().Select(kind => (byte)kind),
        .. Enum.GetValues<ParkedCommandKind>().Select(kind => (byte)kind),
    ];

    /// <summary>Whether a group applies commands of that one's kind.</summary>
    /// <param name="group">A data group, or a local one, which has queues only.</param>
    /// <param name="command">The command.</param>
    public static bool IsKnown(GroupId group, ReadOnlySpan<byte> command) =>
        !command.IsEmpty && (group.IsLocal ? OfQueues : OfDataGroups).Contains(command[0]);
}
