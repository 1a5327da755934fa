using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// A session as a connection has it. What need not outlive the connection stays here: everything of a session without
/// expiry, but for a will, which is in the log.
/// </summary>
internal sealed class OpenedSession : ISession
{
    private readonly NodeLife _life;
    private readonly SessionName _name;
    private readonly string _user;
    private readonly ConnectionKey _owner;
    private readonly long? _expiryMs;

    /// <summary>Null once it is open: a will may be large, and devices stay for weeks.</summary>
    private SessionOpening? _opening;
    private long _epoch;
    private long _takenOver;
    private volatile bool _isLogged;
    private volatile bool _isRecorded;
    private volatile bool _isLetGo;
    private int _isThere;

    /// <summary>Null while there is nothing to keep.</summary>
    private SessionState? _content;

    public OpenedSession(
        NodeLife life, SessionName name, string user, ConnectionKey owner, SessionOpening opening)
    {
        _life = life;
        _name = name;
        _user = user;
        _owner = owner;
        _opening = opening;
        _expiryMs = opening.ExpiryMs;
        Group = life.Node.Directory.GroupOf(name.Namespace, name.Name);
    }

    /// <summary>Who has it in a list until nothing is to be called any more; null: nobody.</summary>
    public ConnectionSessions? ListedBy { get; set; }

    public string Name => _name.Name;

    /// <summary>The group that the name hashes to.</summary>
    public GroupId Group { get; }

    /// <summary>What the leader only knows from this node; null when there is nothing.</summary>
    public SessionClaim? Claim => Epoch != 0 && !_isRecorded && !IsOver
        ? new SessionClaim(_name, _user, _owner.Number, Epoch)
        : null;

    public bool IsPresent => _content is { IsPresent: true };

    public long Epoch => Volatile.Read(ref _epoch);

    public long Id => _content is { } content && (Keeps || content.LastNumber > 0) ? content.Id : 0;

    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Subscriptions { get; private set; } = [];

    public IReadOnlyList<KeyValuePair<int, long>> Inbound { get; private set; } = [];

    public IReadOnlyList<long> Released { get; private set; } = [];

    /// <summary>How it ends when nobody says how.</summary>
    public SessionEnd DefaultEnd => new(FireWill: true, _expiryMs);

    /// <summary>What it gets outlives the connection.</summary>
    private bool Keeps => _expiryMs != 0;

    private PresenceDesk Presence => _life.Node.Presence;

    private bool IsTakenOver => Epoch is not 0 and var epoch && Interlocked.Read(ref _takenOver) >= epoch;

    private bool IsOver => _isLetGo || IsTakenOver;

    private SessionKey Key => new(_content?.Id ?? 0, Epoch);

    /// <summary>Once.</summary>
    public async ValueTask<Reply> OpenAsync(CancellationToken cancellation)
    {
        SessionOpening opening = _opening ?? throw new InvariantException("a session is opened once");
        PartSaid granted = await AskAsync(new SessionAsk.Claim(_name, _user, _owner.Number), cancellation)
            .ConfigureAwait(false);
        if (granted.Reply != Reply.Ok)
            return granted.Reply;
        SessionGrant grant = SessionGrant.Read(granted.Body);
        Volatile.Write(ref _epoch, grant.Epoch);
        if (IsOver)
            return Reply.Gone;
        bool outlives = Keeps || opening.Will is not null || (grant.Exists && !opening.Clean);
        Reply reply = outlives
            ? await RecordAsync(opening, cancellation).ConfigureAwait(false)
            : grant.Exists ? await EndEarlierAsync(cancellation).ConfigureAwait(false) : Reply.Ok;
        _opening = null;
        // The connection may have ended meanwhile; what it let go of then, the log may not have had yet.
        return reply == Reply.Ok && IsOver ? Reply.Gone : reply;
    }

    /// <summary>Another connection has the name.</summary>
    /// <param name="epoch">Of the claim that lost it.</param>
    /// <returns>It was this one's until now, as far as this one knows.</returns>
    public bool TakeOver(long epoch)
    {
        bool before = IsTakenOver;
        long known = Interlocked.Read(ref _takenOver);
        while (known < epoch && Interlocked.CompareExchange(ref _takenOver, epoch, known) is var seen && seen != known)
            known = seen;
        return !before && IsTakenOver;
    }

    public ValueTask<Reply> PutSubscriptionAsync(
        string filter, ReadOnlyMemory<byte> options, CancellationToken cancellation) => ChangeAsync(
        (Key, filter, options),
        static (state, output) => SessionCommands.PutSubscription(
            output, state.Key, state.filter, state.options.Span),
        cancellation);

    public ValueTask<Reply> RemoveSubscriptionAsync(string filter, CancellationToken cancellation) => ChangeAsync(
        (Key, filter),
        static (state, output) => SessionCommands.RemoveSubscription(output, state.Key, state.filter),
        cancellation);

    public async ValueTask<(Reply Reply, long Number)> RecordInboundAsync(int id, CancellationToken cancellation)
    {
        if (IsTakenOver)
            return (Reply.Gone, 0);
        if (!Keeps)
            return RecordHere(id);
        Answer answer = await SendAsync(
            (Key, id),
            static (state, output) => SessionCommands.RecordInbound(output, state.Key, state.id),
            cancellation).ConfigureAwait(false);
        return (answer.Reply, answer.Reply == Reply.Ok ? answer.Value : 0);
    }

    public ValueTask<Reply> ForgetInboundAsync(int id, CancellationToken cancellation)
    {
        if (!Keeps)
            _content?.Inbound?.Remove(id);
        return ChangeAsync(
            (Key, id),
            static (state, output) => SessionCommands.ForgetInbound(output, state.Key, state.id),
            cancellation);
    }

    public ValueTask<Reply> RecordReleasedAsync(long number, CancellationToken cancellation) => ChangeAsync(
        (Key, number),
        static (state, output) => SessionCommands.RecordReleased(output, state.Key, state.number),
        cancellation);

    public void ForgetReleased(long number)
    {
        if (!Keeps || IsTakenOver)
            return;
        _life.LaneTo(Group).Enqueue(
            (Key, number),
            static (state, output) => SessionCommands.ForgetReleased(output, state.Key, state.number),
            null,
            0);
    }

    public async ValueTask<bool> AppearAsync(ReadOnlyMemory<byte> card, CancellationToken cancellation)
    {
        if (!await Presence.AppearAsync(_owner.Owner, _name, card, cancellation).ConfigureAwait(false))
            return false;
        Interlocked.Exchange(ref _isThere, 1);
        if (!_isLetGo)
            return true;
        Disappear();
        return false;
    }

    public void Disappear()
    {
        if (Interlocked.Exchange(ref _isThere, 0) == 1)
            Presence.Disappear(_owner.Owner, _name);
    }

    public async ValueTask<Reply> CloseAsync(SessionEnd end, CancellationToken cancellation)
    {
        ListedBy?.Forget(this);
        bool isLost = IsTakenOver;
        // Also of what was taken over: the other connection may have failed to open it.
        LaneAnswer? answer = LetGo(end);
        if (isLost)
            return Reply.Gone;
        return answer is null
            ? Reply.Ok
            : (await answer.Task.WaitAsync(cancellation).ConfigureAwait(false)).Reply;
    }

    /// <summary>Lets go of it without waiting.</summary>
    /// <returns>What is to be awaited; null when the log has nothing of it.</returns>
    public LaneAnswer? LetGo(SessionEnd end)
    {
        _isLetGo = true;
        Disappear();
        if (!_isRecorded)
            _life.Tell(Group, new SessionAsk.Release(_name, _owner.Number, ClaimedUpTo).ToPart());
        if (!_isLogged)
            return null;
        var answer = new LaneAnswer();
        _life.LaneTo(Group).Enqueue(
            (_name, Epoch, end),
            static (state, output) => SessionCommands.Close(
                output,
                state._name.Namespace,
                state._name.Name,
                state.Epoch,
                state.end.FireWill,
                state.end.ExpiryMs ?? long.MaxValue),
            answer,
            0);
        return answer;
    }

    /// <summary>The opening failed or was given up; what of it may still take effect is taken back.</summary>
    public void Abandon() => LetGo(DefaultEnd with { FireWill = false });

    /// <summary>An answer that did not come may have granted any epoch.</summary>
    private long ClaimedUpTo => Epoch == 0 ? long.MaxValue : Epoch;

    private async ValueTask<Reply> RecordAsync(SessionOpening opening, CancellationToken cancellation)
    {
        var open = new SessionOpen(
            _name.Namespace,
            _name.Name,
            _user,
            _owner,
            Epoch,
            opening.Clean,
            opening.ExpiryMs ?? long.MaxValue,
            opening.WillDelayMs);
        _isLogged = true;
        Answer opened = await SendAsync((open, opening.Will), Write, cancellation).ConfigureAwait(false);
        if (opened.Reply != Reply.Ok)
        {
            // It is certain that nothing of it is in the log, but for an answer that did not come.
            _isLogged = opened.Reply == Reply.TimedOut;
            return opened.Reply;
        }

        PartSaid said = await AskAsync(new SessionAsk.Content(new SessionKey(opened.Value, Epoch)), cancellation)
            .ConfigureAwait(false);
        if (said.Reply != Reply.Ok)
            return said.Reply;
        _isRecorded = true;
        _content = SessionContent.Read(opened.Value, _name, _user, said.Body);
        Subscriptions =
        [
            .. (_content.Subscriptions ?? []).Select(
                one => new KeyValuePair<string, ReadOnlyMemory<byte>>(one.Key, one.Value)),
        ];
        Inbound = [.. _content.Inbound ?? []];
        Released = [.. _content.Released ?? []];
        return Reply.Ok;
    }

    private static void Write((SessionOpen Open, Publication? Will) state, IBufferWriter<byte> output)
    {
        state.Open.Write(output);
        if (state.Will is { } will)
            ParkHead.Of(will, owner: "", delayMs: null).Write(output, BrokerConnection.InlineUnitOf(will));
    }

    private async ValueTask<Reply> EndEarlierAsync(CancellationToken cancellation)
    {
        Answer answer = await SendAsync(
            (_name, _user, Epoch),
            static (state, output) => SessionCommands.End(
                output, state._name.Namespace, state._name.Name, state._user, state.Epoch),
            cancellation).ConfigureAwait(false);
        return answer.Reply;
    }

    private (Reply Reply, long Number) RecordHere(int id)
    {
        SessionState content = _content ??= new SessionState(0, _name.Namespace, _name.Name, _user);
        content.Inbound ??= [];
        if (content.Inbound.TryGetValue(id, out long number))
            return (Reply.Ok, number);
        if (content.Inbound.Count >= SessionLimits.Default.MaxInFlight)
            return (Reply.LimitReached, 0);
        content.Inbound.Add(id, ++content.LastNumber);
        return (Reply.Ok, content.LastNumber);
    }

    private async ValueTask<Reply> ChangeAsync<TState>(
        TState state, Action<TState, IBufferWriter<byte>> write, CancellationToken cancellation)
    {
        if (IsTakenOver)
            return Reply.Gone;
        return Keeps ? (await SendAsync(state, write, cancellation).ConfigureAwait(false)).Reply : Reply.Ok;
    }

    private Task<Answer> SendAsync<TState>(
        TState state, Action<TState, IBufferWriter<byte>> write, CancellationToken cancellation)
    {
        var answer = new LaneAnswer();
        _life.LaneTo(Group).Enqueue(state, write, answer, 0);
        return answer.Task.WaitAsync(cancellation);
    }

    private async ValueTask<PartSaid> AskAsync(SessionAsk ask, CancellationToken cancellation) =>
        await _life.AskAsync(Group, ask.ToPart(), cancellation).ConfigureAwait(false) as PartSaid
        ?? new PartSaid(Reply.TimedOut, default);
}
