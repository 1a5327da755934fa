namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A connection that also uses <see cref="IConsumerGroups"/>.</summary>
public interface IGroupMemberSink : IConnectionSink
{
    /// <summary>The members of a group that this connection has a member in, or their metadata, have changed; also by
    /// its own joining. Several changes may be told as one; a change that was missed is told with the next
    /// <see cref="IConsumerGroups.JoinAsync"/>. <see cref="IConnectionSink.Flush"/> follows.</summary>
    void GroupChanged(string group);
}
