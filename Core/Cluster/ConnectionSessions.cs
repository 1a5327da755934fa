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

    /// <summary>Mostly one, so it is a list.</summary>
    private readonly List<OpenedSession> _sessions = new(1);
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
            before = Find(opening.Name);
            if (before is not null)
                _sessions.Remove(before);
            _sessions.Add(session);
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
        session.ListedBy = this;
        return (Reply.Ok, session);
    }

    /// <summary>Another connection has the name from an epoch on. Any thread.</summary>
    public void TakenOver(string name, long epoch)
    {
        OpenedSession? session;
        lock (_gate)
            session = Find(name);
        if (session?.TakeOver(epoch) == true)
            (options.Sink as ISubscriberSink)?.TakenOver(name);
    }

    /// <summary>Adds what a new leader of the group must hear of.</summary>
    public void AddClaims(GroupId group, List<SessionClaim> claims)
    {
        lock (_gate)
        {
            foreach (OpenedSession session in _sessions)
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
            sessions = [.. _sessions];
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

    /// <summary>It is closed.</summary>
    public void Forget(OpenedSession session)
    {
        lock (_gate)
            _sessions.Remove(session);
    }

    private OpenedSession? Find(string name) => _sessions.Find(one => one.Name == name);
}
