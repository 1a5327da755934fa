using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Sessions;

/// <summary>
/// The sessions whose names hash to a group, as far as something of them must outlive their connection (DESIGN
/// section 3, class b). This part: who has one, and how it ends.
/// </summary>
/// <param name="parked">Keeps the wills.</param>
/// <param name="dataGroups">N: the groups that a session's publications may have gone to are 1..N.</param>
/// <param name="limits">The same on every member.</param>
internal sealed partial class SessionPart(ParkedPart parked, int dataGroups, SessionLimits limits) : IMachinePart
{
    private const int CounterBits = 45;

    private readonly SortedDictionary<long, SessionState> _sessions = [];
    private readonly Dictionary<(NamespaceId Namespace, string Name), SessionState> _byName = [];
    private readonly SortedSet<(long EndMs, long Id)> _ends = [];

    /// <summary>Ids of open sessions by the node's life that has them; derived.</summary>
    private readonly Dictionary<NodeIncarnation, HashSet<long>> _open = [];
    private long _nextSession = 1;

    public byte FirstKind => (byte)SessionCommandKind.Open;

    public int Count => _sessions.Count;

    public long NextDueMs => _ends.Count == 0 ? long.MaxValue : _ends.Min.EndMs;

    /// <summary>Lives of nodes that ended; null on a member that does not lead.</summary>
    public List<NodeIncarnation>? Gone { get; set; }

    public SessionState? Find(NamespaceId ns, string name) => _byName.GetValueOrDefault((ns, name));

    /// <summary>The session, if it is open under that epoch.</summary>
    public SessionState? FindOpen(SessionKey key) =>
        _sessions.TryGetValue(key.Id, out SessionState? session) && session.IsOpen && session.Epoch == key.Epoch
            ? session
            : null;

    public Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, in PartContext context)
    {
        var input = new QueueCommandReader(command);
        var kind = (SessionCommandKind)command.Span[0];
        if (kind == SessionCommandKind.Open)
            return Open(meta, ref input, command.Length, context);
        input.ReadByte();
        switch (kind)
        {
            case SessionCommandKind.Close:
                return Close(meta, ref input, context);
            case SessionCommandKind.End:
                return End(meta, ref input, context);
            case SessionCommandKind.ForgetProducer:
                context.Machine.ForgetProducer(input.ReadInt64());
                return Answer.Ok;
            default:
                return FindOpen(new SessionKey(input.ReadInt64(), input.ReadInt64())) is { } session
                    ? Change(kind, session, ref input)
                    : new Answer(Reply.Gone, 0);
        }
    }

    public void NodeGone(in CommandMeta meta, NodeIncarnation gone, in PartContext context)
    {
        Gone?.Add(gone);
        // In one order on every member.
        long[] ids = [.. _open.Where(life => IsOf(life.Key, gone)).SelectMany(life => life.Value).Order()];
        foreach (long id in ids)
            LetGo(_sessions[id], meta.TimestampMs, fireWill: true, _sessions[id].ExpiryMs, context);
    }

    public void Tick(in CommandMeta meta, in PartContext context)
    {
        int left = context.Machine.Options.MaxWorkPerTick;
        while (left-- > 0 && NextDueMs <= meta.TimestampMs)
            Remove(_sessions[_ends.Min.Id], meta.TimestampMs, context);
    }

    public void Write(IBufferWriter<byte> output)
    {
        output.PutInt64(_nextSession);
        output.PutCount(_sessions.Count);
        foreach (SessionState session in _sessions.Values)
            session.Write(output);
    }

    public void Read(ref QueueCommandReader input)
    {
        _sessions.Clear();
        _byName.Clear();
        _ends.Clear();
        _open.Clear();
        _nextSession = input.ReadInt64();
        for (int count = input.ReadCount(); count > 0; count--)
            Add(SessionState.Read(ref input));
    }

    private Answer Open(
        in CommandMeta meta, ref QueueCommandReader input, int commandBytes, in PartContext context)
    {
        SessionOpen open = SessionOpen.Read(ref input);
        SessionState? session = Find(open.Namespace, open.Name);
        if (session?.Epoch >= open.Epoch)
            return new Answer(Reply.Gone, 0);
        if (IsOfAnother(session, open.User, meta.TimestampMs))
            return new Answer(Reply.AccessDenied, 0);
        if (session is null && _sessions.Count >= limits.MaxSessions)
            return new Answer(Reply.LimitReached, 0);
        long will = -1;
        if (input.Remaining > 0)
        {
            Answer kept = parked.Park(meta, input.ReadMemory(input.Remaining), commandBytes, context);
            if (kept.Reply != Reply.Ok)
                return kept;
            will = kept.Position;
        }

        bool isPresent = session is not null && TryTakeOver(session, open.Clean, meta.TimestampMs, context);
        if (!isPresent)
        {
            long id = ((long)context.Machine.Group.Value << CounterBits) | _nextSession++;
            session = new SessionState(id, open.Namespace, open.Name, open.User);
            Add(session);
        }

        SetOwner(session!, open.Owner);
        session!.Epoch = open.Epoch;
        session.IsPresent = isPresent;
        session.ExpiryMs = open.ExpiryMs;
        session.Will = will;
        session.WillDelayMs = open.WillDelayMs;
        return new Answer(Reply.Ok, session.Id);
    }

    /// <returns>False: it has ended.</returns>
    private bool TryTakeOver(SessionState session, bool clean, long nowMs, in PartContext context)
    {
        // The other connection ends by this. What has no expiry ends with it, what is past it was not ended yet.
        bool isOver = clean || (session.IsOpen ? session.ExpiryMs == 0 : session.EndMs <= nowMs);
        if (isOver)
        {
            Remove(session, nowMs, context);
            return false;
        }

        // A will that waits is not for a client that came back.
        if (session.IsOpen && session.WillDelayMs == 0)
            parked.SetDue(session.Will, nowMs);
        else
            parked.Drop(session.Will, context);
        _ends.Remove((session.EndMs, session.Id));
        session.EndMs = long.MaxValue;
        return true;
    }

    private Answer Close(in CommandMeta meta, ref QueueCommandReader input, in PartContext context)
    {
        SessionState? session = Find(new NamespaceId(input.ReadInt64()), input.ReadString());
        if (session?.IsOpen != true || session.Epoch != input.ReadInt64())
            return new Answer(Reply.Gone, 0);
        bool fireWill = input.ReadFlag();
        long expiryMs = input.ReadInt64();
        // What was opened without expiry has recorded nothing that could live on.
        LetGo(session, meta.TimestampMs, fireWill, session.ExpiryMs == 0 ? 0 : expiryMs, context);
        return Answer.Ok;
    }

    private Answer End(in CommandMeta meta, ref QueueCommandReader input, in PartContext context)
    {
        if (Find(new NamespaceId(input.ReadInt64()), input.ReadString()) is not { } session)
            return Answer.Ok;
        string user = input.ReadString();
        if (session.Epoch >= input.ReadInt64())
            return new Answer(Reply.Gone, 0);
        if (IsOfAnother(session, user, meta.TimestampMs))
            return new Answer(Reply.AccessDenied, 0);
        Remove(session, meta.TimestampMs, context);
        return Answer.Ok;
    }

    /// <summary>The connection of a session has ended.</summary>
    private void LetGo(SessionState session, long nowMs, bool fireWill, long expiryMs, in PartContext context)
    {
        SetOwner(session, default);
        session.ExpiryMs = expiryMs;
        session.EndMs = ParkedPart.Later(nowMs, expiryMs);
        if (fireWill)
            parked.SetDue(session.Will, Math.Min(ParkedPart.Later(nowMs, session.WillDelayMs), session.EndMs));
        else
            parked.Drop(session.Will, context);
        if (expiryMs == 0)
            Remove(session, nowMs, context);
        else if (session.EndMs < long.MaxValue)
            _ends.Add((session.EndMs, session.Id));
    }

    /// <summary>The session ends; a will that is still to come is due by that.</summary>
    private void Remove(SessionState session, long nowMs, in PartContext context)
    {
        if (parked.Find(session.Will)?.DueMs > nowMs)
            parked.SetDue(session.Will, nowMs);
        SetOwner(session, default);
        _sessions.Remove(session.Id);
        _byName.Remove((session.Namespace, session.Name));
        _ends.Remove((session.EndMs, session.Id));
        if (session.LastNumber == 0)
            return;
        context.Machine.ForgetProducer(session.Id);
        var forget = new ArrayBufferWriter<byte>();
        SessionCommands.ForgetProducer(forget, session.Id);
        for (int group = 1; group <= dataGroups; group++)
        {
            if (group != context.Machine.Group.Value)
                context.Group.Send(new GroupId(group), forget.WrittenSpan);
        }
    }

    private void Add(SessionState session)
    {
        _sessions.Add(session.Id, session);
        _byName.Add((session.Namespace, session.Name), session);
        if (session.EndMs < long.MaxValue)
            _ends.Add((session.EndMs, session.Id));
        SetOwner(session, session.Owner);
    }

    private void SetOwner(SessionState session, ConnectionKey owner)
    {
        if (session.IsOpen && _open.TryGetValue(session.Owner.Owner, out HashSet<long>? before))
        {
            before.Remove(session.Id);
            if (before.Count == 0)
                _open.Remove(session.Owner.Owner);
        }

        session.Owner = owner;
        if (!session.IsOpen)
            return;
        if (!_open.TryGetValue(owner.Owner, out HashSet<long>? open))
            _open.Add(owner.Owner, open = []);
        open.Add(session.Id);
    }

    private static bool IsOfAnother(SessionState? session, string user, long nowMs) =>
        session is not null && session.User != user && !session.IsOver(nowMs);

    private static bool IsOf(NodeIncarnation owner, NodeIncarnation gone) =>
        owner.Node == gone.Node && owner.Incarnation <= gone.Incarnation;
}
