using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a connection knows of a consumer group that it has members in.</summary>
internal sealed class ConsumerGroupMembership
{
    private readonly Dictionary<string, Joined> _members = [];

    /// <summary>The last generation that the connection was told of; 0 = none.</summary>
    public long Generation { get; set; }

    public bool IsEmpty => _members.Count == 0;

    public bool Contains(string member) => _members.ContainsKey(member);

    /// <summary>It has joined just so.</summary>
    public bool HasJoined(ConsumerMember member, int sessionTimeoutMs) =>
        _members.TryGetValue(member.Name, out Joined? joined)
        && joined.IsJoined
        && joined.SessionTimeoutMs == sessionTimeoutMs
        && joined.Metadata.AsSpan().SequenceEqual(member.Metadata.Span);

    /// <summary>Its join is on its way.</summary>
    public void Begin(ConsumerMember member, int sessionTimeoutMs) =>
        _members[member.Name] = new Joined(member.Metadata.ToArray(), sessionTimeoutMs);

    /// <summary>Its join was answered. Without an answer it may have joined, and is asked to again next time.</summary>
    public void End(string member, Reply reply)
    {
        if (reply == Reply.Ok && _members.TryGetValue(member, out Joined? joined))
            joined.IsJoined = true;
        else if (reply is not (Reply.Ok or Reply.TimedOut))
            _members.Remove(member);
    }

    public void Remove(string member) => _members.Remove(member);

    private sealed class Joined(byte[] metadata, int sessionTimeoutMs)
    {
        public byte[] Metadata => metadata;

        public int SessionTimeoutMs => sessionTimeoutMs;

        public bool IsJoined { get; set; }
    }
}
