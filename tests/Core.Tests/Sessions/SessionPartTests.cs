using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;
using Cmq.MultiProtocol.Core.Tests.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Sessions;

/// <summary>What the log has of sessions, and their wills.</summary>
public sealed class SessionPartTests
{
    private const long Forever = long.MaxValue;
    private const string Name = "thermometer";
    private const string Guest = "guest";
    private static readonly NamespaceId Home = new(1);
    private static readonly ConnectionKey First = new(QueueGroup.NodeA, 1);
    private static readonly ConnectionKey Second = new(QueueGroup.NodeB, 1);
    private readonly QueueGroup _group = New(SessionLimits.Default);
    private long _epoch;

    public SessionPartTests()
    {
        _group.Create();
        _group.Routes["shop"] = [new RouteTarget(_group.Machine.Group, QueueGroup.Orders, "orders")];
    }

    private SessionPart Sessions => (SessionPart)_group.Parts[0];

    private ParkedPart Parked => (ParkedPart)_group.Parts[1];

    private long Published => _group.Status().Ready;

    [Fact]
    public void What_a_session_has_is_there_when_it_is_opened_again()
    {
        SessionKey key = Open(First);
        Assert.False(Sessions.FindOpen(key)!.IsPresent);
        Put(key, "a/+", 1, 2);
        Put(key, "b", 3);
        Put(key, "a/+", 9);
        Assert.Equal(1, Record(key, 7).Value);
        Assert.Equal(2, Record(key, 8).Value);
        Assert.Equal(1, Record(key, 7).Value);
        Release(key, 40);
        Release(key, 41);
        Apply(output => SessionCommands.RemoveSubscription(output, key, "b"));
        Apply(output => SessionCommands.ForgetInbound(output, key, 7));
        Apply(output => SessionCommands.ForgetReleased(output, key, 40));
        _group.CheckState();
        Assert.Equal(Reply.Ok, Close(key.Epoch));
        _group.ChangeLeader();

        SessionKey again = Open(Second);
        SessionState session = Sessions.FindOpen(again)!;
        Assert.Equal((key.Id, true, 2L), (again.Id, session.IsPresent, session.LastNumber));
        Assert.Equal([("a/+", "09")], session.Subscriptions!.Select(one => (one.Key, Convert.ToHexString(one.Value))));
        Assert.Equal([(8, 2L)], session.Inbound!.Select(one => (one.Key, one.Value)));
        Assert.Equal([41], session.Released!);
        Assert.Equal(3, Record(again, 7).Value);
        _group.CheckState();
    }

    [Fact]
    public void A_clean_opening_begins_with_nothing_and_another_id()
    {
        SessionKey key = Open(First);
        Put(key, "a", 1);
        Close(key.Epoch);
        SessionKey again = Open(Second, clean: true);
        SessionState session = Sessions.FindOpen(again)!;
        Assert.NotEqual(key.Id, again.Id);
        Assert.False(session.IsPresent);
        Assert.Null(session.Subscriptions);
    }

    [Fact]
    public void After_a_take_over_nothing_of_the_earlier_connection_counts()
    {
        SessionKey old = Open(First);
        SessionKey now = Open(Second);
        Assert.Equal(Reply.Gone, Put(old, "a", 1));
        Assert.Equal(Reply.Gone, Record(old, 1).Reply);
        Assert.Equal(Reply.Gone, Release(old, 1));
        Assert.Equal(Reply.Gone, Close(old.Epoch));
        Assert.Equal(Second, Sessions.FindOpen(now)!.Owner);
        Close(now.Epoch);
        Assert.Equal(Reply.Gone, Put(now, "a", 1));
        Assert.Equal(Reply.Gone, Close(now.Epoch));
        _group.CheckState();
    }

    [Theory]
    [InlineData(Forever)]
    [InlineData(0)]
    public void Another_user_neither_opens_nor_ends_a_session_that_lives(long expiryMs)
    {
        SessionKey key = Open(First, expiryMs, will: true);
        byte[] before = QueueGroup.StateOf(_group.Machine);
        foreach (bool clean in (bool[])[true, false])
            Assert.Equal(Reply.AccessDenied, TryOpen(Second, ++_epoch, clean: clean, will: true, user: "other").Reply);
        Assert.Equal(Reply.AccessDenied, End(++_epoch, "other"));
        Assert.Equal(before, QueueGroup.StateOf(_group.Machine));
        Assert.Equal(Guest, Sessions.FindOpen(key)!.User);

        Close(key.Epoch, fireWill: false, expiryMs);
        bool isLeft = expiryMs > 0;
        Assert.Equal(
            isLeft ? Reply.AccessDenied : Reply.Ok, TryOpen(Second, ++_epoch, clean: true, user: "other").Reply);
        _group.CheckState();
    }

    [Fact]
    public void A_name_is_anybodys_when_its_session_is_past_its_expiry()
    {
        Close(Open(First, expiryMs: 1_000).Epoch, expiryMs: 1_000);
        _group.NowMs += 999;
        Assert.Equal(Reply.AccessDenied, TryOpen(Second, ++_epoch, user: "other").Reply);
        _group.NowMs++;
        Assert.Equal(Reply.Ok, TryOpen(Second, ++_epoch, user: "other").Reply);
        Assert.Equal("other", Sessions.Find(Home, Name)!.User);
        _group.CheckState();
    }

    [Fact]
    public void The_sessions_of_a_node_are_let_go_of_with_it_whichever_of_its_lives_had_them_and_no_others()
    {
        NodeIncarnation earlier = QueueGroup.NodeA;
        NodeIncarnation later = earlier with { Incarnation = earlier.Incarnation + 1 };
        SessionKey[] keys =
        [
            Open(new ConnectionKey(earlier, 1), name: "a"), Open(new ConnectionKey(later, 1), name: "b"),
            Open(new ConnectionKey(QueueGroup.NodeB, 1), name: "c"), Open(new ConnectionKey(earlier, 2), name: "d"),
        ];
        keys[3] = Open(new ConnectionKey(QueueGroup.NodeB, 1), name: "d");
        _group.ChangeLeader();
        NodeGone(earlier);
        Assert.Equal([false, true, true, true], keys.Select(key => Sessions.FindOpen(key) is not null));
        NodeGone(later);
        Assert.Equal([false, false, true, true], keys.Select(key => Sessions.FindOpen(key) is not null));
        _group.CheckState();
    }

    [Fact]
    public void An_opening_that_comes_late_loses_against_a_later_claim()
    {
        long earlier = ++_epoch;
        SessionKey now = Open(Second);
        Assert.Equal(new Answer(Reply.Gone, 0), TryOpen(First, earlier, will: true));
        Assert.Equal(Second, Sessions.FindOpen(now)!.Owner);
        Assert.Equal(0, Parked.Count);
    }

    [Fact]
    public void A_session_ends_its_expiry_after_its_connection_and_not_before()
    {
        SessionKey key = Open(First, expiryMs: 1_000);
        _group.Pass(5_000);
        Close(key.Epoch, expiryMs: 2_000);
        _group.Pass(1_999);
        _group.CheckState();
        Assert.Equal(1, Sessions.Count);
        _group.Pass(1);
        Assert.Equal(0, Sessions.Count);
        _group.CheckState();
    }

    [Fact]
    public void One_that_is_past_its_expiry_is_not_found_though_no_tick_has_ended_it()
    {
        SessionKey key = Open(First, expiryMs: 1_000);
        Close(key.Epoch, expiryMs: 1_000);
        _group.NowMs += 1_000;
        Assert.NotEqual(key.Id, Open(Second).Id);
        _group.Pass(10_000);
        Assert.Equal(1, Sessions.Count);
    }

    [Fact]
    public void Opening_it_again_stops_its_expiry()
    {
        Close(Open(First, expiryMs: 1_000).Epoch, expiryMs: 1_000);
        _group.Pass(999);
        Open(First, expiryMs: 1_000);
        _group.Pass(10_000);
        Assert.Equal(1, Sessions.Count);
    }

    [Fact]
    public void A_session_without_expiry_ends_with_its_connection()
    {
        SessionKey key = Open(First, expiryMs: 0, will: true);
        Assert.Equal(Reply.Ok, Close(key.Epoch, fireWill: false, expiryMs: 5_000));
        Assert.Equal((0, 0), (Sessions.Count, Parked.Count));
        Assert.Empty(_group.Machine.LiveIndexes());

        key = Open(First, expiryMs: 0, will: true);
        Assert.NotEqual(key.Id, Open(Second, expiryMs: 0).Id);
        Assert.Equal(1, Published);
    }

    [Fact]
    public void A_will_is_published_once_when_its_connection_ends_without_a_word()
    {
        SessionKey key = Open(First, will: true);
        _group.Pass(60_000);
        Assert.Equal(0, Published);
        _group.CheckState();
        Close(key.Epoch, fireWill: true);
        Assert.Equal(1, Published);
        Open(First);
        _group.Pass(60_000);
        Assert.Equal(1, Published);
        Assert.Equal("will", _group.BodyOf(Assert.Single(_group.Get().Messages)));
        _group.CheckState();
    }

    [Fact]
    public void A_will_that_is_not_wanted_is_dropped()
    {
        SessionKey key = Open(First, will: true);
        Close(key.Epoch, fireWill: false);
        _group.Pass(60_000);
        Assert.Equal(0, Published);
        Assert.Empty(_group.Machine.LiveIndexes());
    }

    [Theory]
    [InlineData(1_000, Forever, 1_000)]
    [InlineData(1_000, 400, 400)]
    public void A_will_waits_for_its_delay_or_for_the_sessions_end(long delayMs, long expiryMs, long dueMs)
    {
        SessionKey key = Open(First, expiryMs, will: true, willDelayMs: delayMs);
        Close(key.Epoch, fireWill: true, expiryMs);
        _group.Pass(dueMs - 1);
        Assert.Equal(0, Published);
        _group.Pass(1);
        Assert.Equal(1, Published);
        _group.Pass(10_000);
        Assert.Equal(1, Published);
        _group.CheckState();
    }

    [Fact]
    public void A_client_that_comes_back_within_the_delay_has_no_will_published()
    {
        SessionKey key = Open(First, will: true, willDelayMs: 1_000);
        Close(key.Epoch, fireWill: true);
        _group.Pass(999);
        Open(First);
        _group.Pass(10_000);
        Assert.Equal(0, Published);
        Assert.Empty(_group.Machine.LiveIndexes());
    }

    [Fact]
    public void A_client_that_begins_anew_within_the_delay_has_its_will_published_at_once()
    {
        SessionKey key = Open(First, will: true, willDelayMs: 1_000);
        Close(key.Epoch, fireWill: true);
        Open(First, clean: true);
        Assert.Equal(1, Published);
    }

    [Theory]
    [InlineData(0, false, 1)]
    [InlineData(1_000, false, 0)]
    [InlineData(1_000, true, 1)]
    public void A_take_over_ends_a_connection_for_its_will(long delayMs, bool clean, int published)
    {
        Open(First, will: true, willDelayMs: delayMs);
        Open(Second, clean: clean);
        _group.Pass(10_000);
        Assert.Equal(published, Published);
        Assert.Equal(0, Parked.Count);
        _group.CheckState();
    }

    [Fact]
    public void A_node_that_is_gone_lets_go_of_its_sessions()
    {
        SessionKey kept = Open(First, expiryMs: 5_000, will: true, willDelayMs: 1_000);
        SessionKey ended = Open(First with { Number = 2 }, expiryMs: 0, will: true, name: "other");
        SessionKey others = Open(Second, name: "third");
        NodeGone(QueueGroup.NodeA);
        _group.CheckState();
        Assert.Equal(1, Published);
        Assert.Null(Sessions.FindOpen(ended));
        Assert.Null(Sessions.FindOpen(kept));
        Assert.NotNull(Sessions.FindOpen(others));
        Assert.Equal(2, Sessions.Count);
        _group.Pass(1_000);
        Assert.Equal(2, Published);
        NodeGone(QueueGroup.NodeA);
        _group.Pass(4_000);
        Assert.Equal((1, 2), (Sessions.Count, Published));
        Assert.Equal(0, Parked.Count);
    }

    [Fact]
    public void An_ended_session_tells_the_other_groups_to_forget_its_numbers()
    {
        SessionKey key = Open(First);
        Close(key.Epoch, expiryMs: 0);
        key = Open(First, name: "talker");
        Record(key, 1);
        Apply(output => QueueCommandWriter.Publish(
            output, [QueueGroup.Orders], QueueGroup.Unit("a") with { Producer = new ProducerNumber(key.Id, 1) }));
        long withNumbers = QueueGroup.StateOf(_group.Machine).Length;
        _group.Context.Sent.Clear();
        Close(key.Epoch, expiryMs: 0, name: "talker");
        Assert.True(QueueGroup.StateOf(_group.Machine).Length < withNumbers);
        Assert.Equal([2, 3], _group.Context.Sent.Select(sent => sent.Target.Value));

        QueueGroup other = New(SessionLimits.Default, group: 2);
        other.Create();
        Answer Publish() => other.Apply(output => QueueCommandWriter.Publish(
            output, [QueueGroup.Orders], QueueGroup.Unit("a") with { Producer = new ProducerNumber(key.Id, 1) }));
        Publish();
        Assert.Equal(-1, Publish().Value);
        ReadOnlyMemory<byte> forget = _group.Machine.Materialize(_group.Context.Sent[0].Payload, _group);
        other.Apply(output => output.Write(forget.Span), new LaneSource(LaneSourceKind.Group, 1, 0));
        Assert.Equal(1, Publish().Value);
        other.CheckState();
    }

    [Fact]
    public void What_ends_by_name_ends_only_earlier_openings()
    {
        SessionKey key = Open(First, will: true);
        Assert.Equal(Reply.Gone, End(key.Epoch));
        Assert.Equal(Reply.Ok, End(++_epoch));
        Assert.Equal((0, 1L), (Sessions.Count, Published));
        Assert.Equal(Reply.Ok, End(++_epoch));
    }

    [Fact]
    public void Names_are_of_their_namespace()
    {
        SessionKey key = Open(First);
        Answer other = TryOpen(Second, ++_epoch, ns: new NamespaceId(2));
        Assert.NotEqual(key.Id, other.Value);
        Assert.NotNull(Sessions.FindOpen(key));
    }

    [Fact]
    public void Sessions_have_limits()
    {
        QueueGroup group = New(new SessionLimits
        {
            MaxSessions = 1, MaxSubscriptions = 2, MaxSubscriptionBytes = 20, MaxInFlight = 1,
        });
        SessionOpen open = new(Home, Name, Guest, First, 1, false, Forever, 0);
        var key = new SessionKey(group.Apply(open.Write).Value, 1);
        Assert.Equal(
            Reply.LimitReached, group.Apply((open with { Name = "another", Epoch = 2 }).Write).Reply);
        Reply Put(string filter, int bytes) => group.Apply(
            output => SessionCommands.PutSubscription(output, key, filter, new byte[bytes])).Reply;
        Assert.Equal(Reply.Ok, Put("a", 1));
        Assert.Equal(Reply.LimitReached, Put("b", 16));
        Assert.Equal(Reply.Ok, Put("a", 16));
        Assert.Equal(Reply.Ok, Put("b", 0));
        Assert.Equal(Reply.LimitReached, Put("", 0));
        Reply Record(int id) => group.Apply(output => SessionCommands.RecordInbound(output, key, id)).Reply;
        Assert.Equal((Reply.Ok, Reply.LimitReached, Reply.Ok), (Record(1), Record(2), Record(1)));
        Reply Release(long number) =>
            group.Apply(output => SessionCommands.RecordReleased(output, key, number)).Reply;
        Assert.Equal((Reply.Ok, Reply.LimitReached, Reply.Ok), (Release(1), Release(2), Release(1)));
        group.CheckState();
    }

    [Fact]
    public void A_will_that_cannot_be_parked_refuses_the_opening_and_changes_nothing()
    {
        QueueGroup group = New(SessionLimits.Default, options: new QueueMachineOptions { MaxParked = 0 });
        SessionOpen open = new(Home, Name, Guest, First, 1, false, Forever, 0);
        byte[] before = QueueGroup.StateOf(group.Machine);
        Assert.Equal(Reply.TooManyHeld, group.Apply(output => Write(output, open, will: true)).Reply);
        Assert.Equal(before, QueueGroup.StateOf(group.Machine));
    }

    private static QueueGroup New(SessionLimits limits, int group = 1, QueueMachineOptions? options = null) => new(
        options,
        group: group,
        parts: () =>
        {
            var parked = new ParkedPart();
            return [new SessionPart(parked, dataGroups: 3, limits), parked];
        });

    private static void Write(IBufferWriter<byte> output, SessionOpen open, bool will)
    {
        open.Write(output);
        if (will)
            new ParkHead(open.Namespace, "", -1).Write(output, QueueGroup.Unit("will"));
    }

    private SessionKey Open(
        ConnectionKey owner,
        long expiryMs = Forever,
        bool clean = false,
        bool will = false,
        long willDelayMs = 0,
        string name = Name)
    {
        Answer answer = TryOpen(owner, ++_epoch, expiryMs, clean, will, willDelayMs, name);
        Assert.Equal(Reply.Ok, answer.Reply);
        return new SessionKey(answer.Value, _epoch);
    }

    private Answer TryOpen(
        ConnectionKey owner,
        long epoch,
        long expiryMs = Forever,
        bool clean = false,
        bool will = false,
        long willDelayMs = 0,
        string name = Name,
        NamespaceId? ns = null,
        string user = Guest)
    {
        var open = new SessionOpen(ns ?? Home, name, user, owner, epoch, clean, expiryMs, willDelayMs);
        return Apply(output => Write(output, open, will));
    }

    private Reply Close(long epoch, bool fireWill = true, long expiryMs = Forever, string name = Name) =>
        Apply(output => SessionCommands.Close(output, Home, name, epoch, fireWill, expiryMs)).Reply;

    private Reply End(long epoch, string user = Guest) =>
        Apply(output => SessionCommands.End(output, Home, Name, user, epoch)).Reply;

    private Reply Put(SessionKey key, string filter, params byte[] options) =>
        Apply(output => SessionCommands.PutSubscription(output, key, filter, options)).Reply;

    private Answer Record(SessionKey key, int id) =>
        Apply(output => SessionCommands.RecordInbound(output, key, id));

    private Reply Release(SessionKey key, long number) =>
        Apply(output => SessionCommands.RecordReleased(output, key, number)).Reply;

    private void NodeGone(NodeIncarnation node) => _group.Apply(
        output => QueueCommandWriter.NodeGone(output, node), new LaneSource(LaneSourceKind.Group, 0, 0));

    private Answer Apply(Action<ArrayBufferWriter<byte>> write) => _group.Apply(write);
}
