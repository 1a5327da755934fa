using System.Text;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

/// <summary>Lanes that only remember what was put on them.</summary>
internal sealed class RecordingContext : IGroupContext
{
    public List<string> Sent { get; } = [];

    public List<NodeIncarnation> Ended { get; } = [];

    public GroupId Group => GroupId.Directory;

    public long OutboxBytes { get; set; }

    public void Send(GroupId target, ReadOnlySpan<byte> payload) =>
        Sent.Add($"{target}: {Encoding.UTF8.GetString(payload)}");

    public void EndLanes(NodeIncarnation gone) => Ended.Add(gone);

    /// <summary>What was sent since the last call.</summary>
    public string[] Take()
    {
        string[] sent = [.. Sent];
        Sent.Clear();
        return sent;
    }
}
