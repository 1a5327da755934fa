namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A connection that also uses <see cref="IConsumerGroups"/>.</summary>
public interface IGroupMemberSink : IConnectionSink
{
    /// <summary>The members of a group that this connection has a member in have changed.</summary>
    void GroupChanged(string group);
}
