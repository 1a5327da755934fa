using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What the leader does for sessions: knows which connection has a name, also where the log has nothing of it, and
/// tells the one that loses it. A name that one user has no other user gets. Claims are in memory; a new leader hears of
/// them by announcements, and of what is replicated from the log.
/// </summary>
internal sealed class SessionRole(SessionPart part, GroupState state, BrokerNode node) : RolePart
{
    /// <summary>The upper bits of an epoch are the leader's term, so that epochs grow over changes of leader.</summary>
    private const int EpochCounterBits = 40;

    private readonly Dictionary<SessionName, Claim> _claims = [];
    private readonly List<NodeIncarnation> _gone = [];
    private long _lastEpoch;

    public override byte Number => SessionAsk.Part;

    public override void Activate(long nowMs)
    {
        part.Gone = _gone;
        // The term's own: a member becomes active by applying an entry of the term that it leads.
        _lastEpoch = Math.Max(_lastEpoch, checked(state.AppliedTerm << EpochCounterBits));
    }

    public override void Deactivate()
    {
        part.Gone = null;
        _gone.Clear();
        _claims.Clear();
    }

    public override void Applied(long nowMs)
    {
        foreach (NodeIncarnation gone in _gone)
        {
            foreach ((SessionName name, Claim claim) in _claims)
            {
                if (claim.Owner.Owner == gone)
                    _claims.Remove(name);
            }
        }

        _gone.Clear();
    }

    public override void Handle(in NodeRequest request, ReadOnlyMemory<byte> body, long nowMs)
    {
        switch (SessionAsk.Read(body))
        {
            case SessionAsk.Claim ask:
                Handle(request, ask, nowMs);
                break;
            case SessionAsk.Release ask:
                if (_claims.TryGetValue(ask.Name, out Claim claim)
                    && claim.Owner == new ConnectionKey(request.From, ask.Connection) && claim.Epoch <= ask.Epoch)
                {
                    _claims.Remove(ask.Name);
                }

                break;
            case SessionAsk.Content ask:
                Handle(request, ask);
                break;
            case SessionAsk.Announce ask:
                foreach (SessionClaim announced in ask.Claims)
                    Take(announced, new ConnectionKey(request.From, announced.Connection));
                Respond(request, Reply.Ok);
                break;
        }
    }

    private void Handle(in NodeRequest request, SessionAsk.Claim ask, long nowMs)
    {
        var owner = new ConnectionKey(request.From, ask.Connection);
        SessionState? session = part.Find(ask.Name.Namespace, ask.Name.Name);
        bool isClaimed = _claims.TryGetValue(ask.Name, out Claim known);
        // Sent again, because its answer may be lost.
        if (isClaimed && known.Owner == owner && known.Request == request.Number)
        {
            Respond(request, Reply.Ok, new SessionGrant(known.Epoch, session is not null).ToBytes());
            return;
        }

        // Before anybody is told to go.
        if ((isClaimed && known.User != ask.User)
            || (session is not null && session.User != ask.User && !session.IsOver(nowMs)))
        {
            Respond(request, Reply.AccessDenied);
            return;
        }

        if (!isClaimed && _claims.Count >= SessionLimits.Default.MaxSessions)
        {
            Respond(request, Reply.LimitReached);
            return;
        }

        if (isClaimed && known.Owner != owner)
            node.TellTakenOver(known.Owner, ask.Name.Name, known.Epoch);
        if (session is { IsOpen: true } && session.Owner != owner)
            node.TellTakenOver(session.Owner, ask.Name.Name, session.Epoch);
        _claims[ask.Name] = new Claim(owner, ask.User, ++_lastEpoch, request.Number);
        Respond(request, Reply.Ok, new SessionGrant(_lastEpoch, session is not null).ToBytes());
    }

    private void Handle(in NodeRequest request, SessionAsk.Content ask)
    {
        if (part.FindOpen(ask.Session) is not { } session)
        {
            Respond(request, Reply.Gone);
            return;
        }

        // From here on the log says who has it.
        var name = new SessionName(session.Namespace, session.Name);
        if (_claims.TryGetValue(name, out Claim claim) && claim.Epoch <= session.Epoch)
            _claims.Remove(name);
        Respond(request, Reply.Ok, SessionContent.Write(session));
    }

    /// <summary>Of two that have a name the later one keeps it; of two users the one that had it first: the other got it
    /// from a leader that had not heard of this one yet.</summary>
    private void Take(in SessionClaim announced, ConnectionKey owner)
    {
        (SessionName name, string user, _, long epoch) = announced;
        if (part.Find(name.Namespace, name.Name) is { IsOpen: true } session
            && session.Owner != owner && session.Epoch > epoch)
        {
            node.TellTakenOver(owner, name.Name, epoch);
            return;
        }

        if (_claims.TryGetValue(name, out Claim known) && known.Owner != owner)
        {
            if (known.Epoch > epoch && known.User == user)
            {
                node.TellTakenOver(owner, name.Name, epoch);
                return;
            }

            node.TellTakenOver(known.Owner, name.Name, known.Epoch);
        }

        if (epoch >= known.Epoch || known.User != user)
            _claims[name] = new Claim(owner, user, epoch, 0);
    }

    private void Respond(NodeRequest request, Reply reply, ReadOnlyMemory<byte> body = default) => Host.WhenConfirmed(
        () => node.Respond(request.From, Host.Group, request.Number, new PartSaid(reply, body)));

    private readonly record struct Claim(ConnectionKey Owner, string User, long Epoch, long Request);
}
