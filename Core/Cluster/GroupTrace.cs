using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Log lines of groups and the node (Core: 1000 to 1199).</summary>
internal static partial class GroupTrace
{
    [LoggerMessage(1000, LogLevel.Error, "Group {Group} stopped: the node must stop")]
    public static partial void Stopped(ILogger log, GroupId group, Exception error);

    [LoggerMessage(1001, LogLevel.Information, "Group {Group}: leader is node {Leader}, term {Term}")]
    public static partial void Leader(ILogger log, GroupId group, NodeId leader, long term);

    [LoggerMessage(1002, LogLevel.Information, "Group {Group}: snapshot at {Index}, {Bytes} bytes")]
    public static partial void Snapshot(ILogger log, GroupId group, long index, long bytes);

    [LoggerMessage(1003, LogLevel.Information, "Node {Node}, incarnation {Incarnation}: ready")]
    public static partial void Ready(ILogger log, NodeId node, long incarnation);

    [LoggerMessage(1004, LogLevel.Warning, "Node {Node}, incarnation {Incarnation}: lease lost, clients are closed")]
    public static partial void LeaseLost(ILogger log, NodeId node, long incarnation);

    [LoggerMessage(1005, LogLevel.Warning, "Node {Node} was declared gone; it starts a new life")]
    public static partial void ToldGone(ILogger log, NodeId node);

    [LoggerMessage(1006, LogLevel.Information, "Cluster {ClusterId} made: {Groups} data groups, voters {Voters}")]
    public static partial void Bootstrapped(ILogger log, Guid clusterId, int groups, string voters);

    [LoggerMessage(1007, LogLevel.Error, "The node stops")]
    public static partial void NodeFailed(ILogger log, Exception error);

    [LoggerMessage(1008, LogLevel.Information, "Login of {User} from {Peer} refused")]
    public static partial void LoginRefused(ILogger log, string user, string peer);

    [LoggerMessage(1009, LogLevel.Information, "Waiting for peers {Peers} to make the cluster")]
    public static partial void WaitingForPeers(ILogger log, string peers);

    [LoggerMessage(1011, LogLevel.Information, "Group {Group}: the leader's snapshot at {Index}, {Bytes} bytes, is installed")]
    public static partial void Installed(ILogger log, GroupId group, long index, long bytes);

    [LoggerMessage(1010, LogLevel.Information, "Group {Group}: snapshot to node {Peer} was not sent, it is tried again")]
    public static partial void SnapshotNotSent(ILogger log, GroupId group, NodeId peer, Exception error);

    [LoggerMessage(1022, LogLevel.Warning,
        "Group {Group}: the leader's snapshot waits, this node's disk has no room for what comes with it")]
    public static partial void SnapshotWaits(ILogger log, GroupId group);

    [LoggerMessage(1023, LogLevel.Information, "Group {Group}: there is room for the leader's snapshot")]
    public static partial void SnapshotHasRoom(ILogger log, GroupId group);

    [LoggerMessage(1024, LogLevel.Information,
        "Group {Group}: the transfer of the leader's snapshot at {Index} goes on behind entry {Last}")]
    public static partial void SnapshotGoesOn(ILogger log, GroupId group, long last, long index);

    [LoggerMessage(1012, LogLevel.Error,
        "Properties of format {Format} could not be read; the message counts as having none")]
    public static partial void PropertiesNotRead(ILogger log, PropertyFormat format, Exception error);

    [LoggerMessage(1019, LogLevel.Error, "Node {Node} is gone; the end of {Clients} of its clients could not be told")]
    public static partial void LostNotTold(ILogger log, NodeId node, int clients, Exception error);

    [LoggerMessage(1020, LogLevel.Information,
        "Group {Group}: voters {Voters}, on their way out {Outgoing}, learners {Learners}")]
    public static partial void MembersChanged(
        ILogger log, GroupId group, string voters, string outgoing, string learners);

    [LoggerMessage(1021, LogLevel.Warning,
        "Node {Node} was removed from the cluster; it can be stopped when no group has it any more")]
    public static partial void Removed(ILogger log, NodeId node);

    [LoggerMessage(1013, LogLevel.Error, "Group {Group}: its leader's command of kind {Kind} has {Bytes} bytes, it is dropped")]
    public static partial void CommandTooLarge(ILogger log, GroupId group, int kind, int bytes);

    [LoggerMessage(1016, LogLevel.Warning,
        "Node {Node}: {FreeBytes} bytes are free on its disk; publishers are held back until it is {ReleaseBytes}")]
    public static partial void SpaceIsShort(ILogger log, NodeId node, long freeBytes, long releaseBytes);

    [LoggerMessage(1017, LogLevel.Information, "Node {Node}: {FreeBytes} bytes are free on its disk again")]
    public static partial void SpaceIsBack(ILogger log, NodeId node, long freeBytes);

    [LoggerMessage(1018, LogLevel.Warning, "Node {Node}: the disk of node {Peer} is short of space; publishers are held back")]
    public static partial void PeerIsShort(ILogger log, NodeId node, NodeId peer);

    [LoggerMessage(1014, LogLevel.Debug, "Group {Group}: {Bytes} bytes moved out of segment {Segment}")]
    public static partial void Rewritten(ILogger log, GroupId group, long bytes, long segment);

    [LoggerMessage(1015, LogLevel.Error,
        "Group {Group}: references on {Entries} entries within {First}..{Last} were not found; they are kept whole")]
    public static partial void ReferencesNotFound(ILogger log, GroupId group, int entries, long first, long last);
}
