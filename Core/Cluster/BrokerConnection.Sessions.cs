using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Sessions.</content>
internal sealed partial class BrokerConnection
{
    private readonly ConnectionSessions _sessions;

    public ISessions Sessions => _sessions;

    /// <summary>Another connection opened the session of that name, from an epoch on.</summary>
    public void TakenOver(string session, long epoch) => _sessions.TakenOver(session, epoch);

    /// <summary>Adds the claims of sessions that a new leader of the group must hear of.</summary>
    public void AddClaims(GroupId group, List<SessionClaim> claims) => _sessions.AddClaims(group, claims);
}
