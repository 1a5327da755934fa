using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The sessions of one connection.</summary>
internal sealed class ConnectionSessions(NodeLife life, ConnectionKey key, ConnectionOptions options) : ISessions
{
    /// <summary>Largest body of a will, in bytes: it travels in the command that opens the session.</summary>
    private const int MaxWillBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, OpenedSession> _sessions = [];
    private bool _ended;

    public async ValueTask<(Reply Reply, ISession? Session)> OpenAsync(
        SessionOpening opening, CancellationToken cancellation)
    {
        if (opening.Name.Length == 0 || Encoding.UTF8.GetByteCount(opening.Name) > SessionLimits.MaxNameBytes)
            return (Reply.BadName, null);
        if (opening.Will is { } will && (will.Body.Length > MaxWillBytes || !PublicationSize.FitsCommand(will)))
            return (Reply.TooLarge, null);
        var session = new OpenedSession(
            life, new SessionName(options.Namespace, opening.Name), options.User.UserName, key, opening);
        OpenedSession? before;
        lock (_gate)
        {
            if (_ended)
                return (Reply.Unavailable, null);
            _sessions.TryGetValue(opening.Name, out before);
            _sessions[opening.Name] = session;
        }

        before?.TakeOver(long.MaxValue);
        Reply reply = Reply.Unavailable;
        try
        {
            reply = await session.OpenAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (reply != Reply.Ok)
            {
                session.Abandon();
                Forget(session);
            }
        }

        if (reply != Reply.Ok)
            return (reply, null);
        session.Closed += Forget;
        return (Reply.Ok, session);
    }

    /// <summary>Another connection has the name from an epoch on. Any thread.</summary>
    public void TakenOver(string name, long epoch)
    {
        OpenedSession? session;
        lock (_gate)
            session = _sessions.GetValueOrDefault(name);
        if (session?.TakeOver(epoch) == true)
            (options.Sink as ISubscriberSink)?.TakenOver(name);
    }

    /// <summary>Adds what a new leader of the group must hear of.</summary>
    public void AddClaims(GroupId group, List<SessionClaim> claims)
    {
        lock (_gate)
        {
            foreach (OpenedSession session in _sessions.Values)
            {
                if (session.Group == group && session.Claim is { } claim)
                    claims.Add(claim);
            }
        }
    }

    /// <summary>The connection has ended without closing them.</summary>
    public IReadOnlyList<LaneAnswer> End()
    {
        OpenedSession[] sessions;
        lock (_gate)
        {
            _ended = true;
            sessions = [.. _sessions.Values];
            _sessions.Clear();
        }

        var answers = new List<LaneAnswer>();
        foreach (OpenedSession session in sessions)
        {
            if (session.LetGo(session.DefaultEnd) is { } answer)
                answers.Add(answer);
        }

        return answers;
    }

    private void Forget(OpenedSession session)
    {
        lock (_gate)
        {
            if (_sessions.GetValueOrDefault(session.Name) == session)
                _sessions.Remove(session.Name);
        }
    }
}
