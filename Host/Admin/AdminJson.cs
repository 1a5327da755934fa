using System.Buffers;
using System.Text.Json;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>The longer answers of the admin listener (docs/operations.md, Cluster state).</summary>
internal static class AdminJson
{
    public static byte[] Of(ClusterStatus cluster) => Write(json =>
    {
        json.WriteNumber("node", cluster.Node.Value);
        if (cluster.ClusterId is { } id)
            json.WriteString("cluster", id);
        else
            json.WriteNull("cluster");
        json.WriteStartArray("groups");
        foreach (GroupStatus group in cluster.Groups)
        {
            json.WriteStartObject();
            json.WriteNumber("group", group.Group.Value);
            WriteLeader(json, group.Leader);
            json.WriteNumber("term", group.Term);
            json.WriteNumber("applied", group.AppliedIndex);
            WriteNodes(json, "voters", group.Members.Voters);
            if (group.Members.IsChanging)
                WriteNodes(json, "outgoing", group.Members.Outgoing);
            if (group.Members.Learners.Count > 0)
                WriteNodes(json, "learners", group.Members.Learners);
            if (group.Progress.Count > 0)
                WriteProgress(json, group.Progress);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("nodes");
        foreach (NodeInfo node in cluster.Nodes)
        {
            json.WriteStartObject();
            json.WriteNumber("node", node.Incarnation.Node.Value);
            json.WriteNumber("incarnation", node.Incarnation.Incarnation);
            json.WriteString("address", node.ClusterAddress);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteReplicas(json, "members", cluster.Members.Select(member => member.Replica));
        WriteReplicas(json, "waiting", cluster.Waiting);
    });

    public static byte[] Of(QueuePlace place) => Write(json =>
    {
        json.WriteNumber("group", place.Group.Value);
        WriteLeader(json, place.Leader);
    });

    private static void WriteNodes(Utf8JsonWriter json, string name, IReadOnlyList<NodeId> nodes)
    {
        json.WriteStartArray(name);
        foreach (NodeId node in nodes)
            json.WriteNumberValue(node.Value);
        json.WriteEndArray();
    }

    private static void WriteProgress(Utf8JsonWriter json, IReadOnlyList<MemberProgress> progress)
    {
        json.WriteStartArray("progress");
        foreach (MemberProgress member in progress)
        {
            json.WriteStartObject();
            json.WriteNumber("node", member.Node.Value);
            json.WriteNumber("stored", member.Match);
            json.WriteBoolean("heard", member.IsActive);
            json.WriteBoolean("snapshot", member.NeedsSnapshot);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteReplicas(Utf8JsonWriter json, string name, IEnumerable<Replica> replicas)
    {
        json.WriteStartArray(name);
        foreach (Replica replica in replicas)
        {
            json.WriteStartObject();
            json.WriteNumber("node", replica.Node.Value);
            json.WriteString("store", replica.Store);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLeader(Utf8JsonWriter json, NodeId? leader)
    {
        if (leader is { } known)
            json.WriteNumber("leader", known.Value);
        else
            json.WriteNull("leader");
    }

    private static byte[] Write(Action<Utf8JsonWriter> fields)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}
