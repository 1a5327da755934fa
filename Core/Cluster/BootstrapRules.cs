using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What must hold before a node begins: decisions 0005 and 0013, and that a disk belongs to its cluster
/// record.</summary>
internal static class BootstrapRules
{
    /// <param name="options">The settings.</param>
    /// <param name="record">The record in the data directory; null when there is none.</param>
    /// <param name="store">Identity of the disk.</param>
    /// <param name="hasData">The store recovered something of a group.</param>
    /// <exception cref="ArgumentException">A setting is not acceptable.</exception>
    /// <exception cref="LogStoreException">Store and record do not belong together.</exception>
    public static void Check(NodeOptions options, BootstrapRecord? record, Guid store, bool hasData)
    {
        if (options.Id.Value < 1)
            throw new ArgumentException($"Node:Id is {options.Id}, it must be 1 or above");
        if (record is null)
        {
            CheckFirstMembers(options);
            // Entries without the record that they were voted for under: a new cluster would be built on top of them.
            if (hasData)
                throw new LogStoreException(
                    $"{options.DataDirectory} has data but no {BootstrapRecord.FileName}: restore that file.");
        }
        else if (!record.Names(options.Id, store))
        {
            // An emptied disk that voted again could elect a leader without what was acknowledged.
            throw new LogStoreException(
                $"{options.DataDirectory} is not the disk that joined cluster {record.ClusterId} as node {options.Id}: "
                + "it must be added as a new one.");
        }
    }

    /// <summary>Checked by the node that makes a cluster; for those that join one the setting has no meaning.</summary>
    /// <exception cref="ArgumentException">Not as many replicas as members.</exception>
    public static void CheckNew(NodeOptions options, int members)
    {
        if (options.ReplicationFactor < members)
        {
            throw new ArgumentException(
                $"Cluster:ReplicationFactor is {options.ReplicationFactor}: all {members} first members keep everything");
        }
    }

    private static void CheckFirstMembers(NodeOptions options)
    {
        int members = options.Peers.Select(peer => peer.Id).Append(options.Id).Distinct().Count();
        if (members > DirectoryLimits.MaxMembers)
        {
            throw new ArgumentException(
                $"Cluster:Peers makes {members} members, at most {DirectoryLimits.MaxMembers} can be");
        }

        if (options.DataGroups is < 0 or > Positions.MaxGroup)
        {
            throw new ArgumentException(
                $"Cluster:DataGroups is {options.DataGroups}, it must be 1 to {Positions.MaxGroup}: "
                + "the place of a message has no room for a higher group");
        }
    }
}
