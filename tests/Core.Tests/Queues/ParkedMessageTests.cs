using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>Messages that are stored now and routed later (docs/decisions/0009).</summary>
public sealed class ParkedMessageTests
{
    private const string Owner = "shop";
    private static readonly NamespaceId Home = new(1);
    private static readonly ConnectionKey Reader = new(QueueGroup.NodeA, 50);
    private readonly QueueGroup _group = New();

    public ParkedMessageTests()
    {
        _group.Create();
        _group.Routes["shop"] = [new RouteTarget(_group.Machine.Group, QueueGroup.Orders, "orders")];
    }

    private ParkedPart Parked => (ParkedPart)_group.Parts[0];

    [Fact]
    public void A_parked_message_is_in_no_queue_until_it_is_shown()
    {
        long position = Park("a");
        _group.Pass(3_600_000);
        Assert.Equal(0, _group.Status().Ready);
        Assert.Empty(_group.Wishes);
        _group.CheckState();

        Assert.Equal(Reply.Ok, Show(position));
        _group.CheckState();
        StoredMessage message = _group.Read(Assert.Single(_group.Get().Messages));
        Assert.Equal("a", Encoding.UTF8.GetString(message.Body.ToArray()));
        Assert.Equal(("shop", "order.new"), (message.Topic, message.RoutingKey));
        Assert.Equal(["copy"], message.MoreKeys);
        Assert.Equal(new byte[] { 1, 2, 3 }, message.Properties.ToArray());
        _group.SettleBy(Reader, SettleOutcome.Done, 0);
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void It_is_routed_by_all_that_it_was_published_with()
    {
        ParkHead head = new ParkHead(Home, Owner, -1)
        {
            HiddenKeys = ["bcc"], Partition = new QueueId(77), OrderingKey = "customer", TagHash = 5,
            LastValue = LastValueChange.Put,
        };
        Answer parked = _group.Apply(output => head.Write(output, QueueGroup.Unit("a")));
        Show(parked.Position);
        _group.Settle();

        RouteWish wish = Assert.Single(_group.Wishes);
        Assert.Equal((Home, "shop", "order.new"), (wish.Namespace, wish.Topic, wish.Key));
        Assert.Equal(["copy"], wish.MoreKeys);
        Assert.Equal(["bcc"], wish.HiddenKeys!);
        Assert.Equal((new QueueId(77), "customer"), (wish.Partition, wish.OrderingKey));
    }

    [Fact]
    public void It_has_not_died_and_its_time_to_live_counts_from_the_showing()
    {
        long position = Park("a", ttlMs: 60_000);
        _group.Pass(3_600_000);
        Show(position);
        _group.Settle();
        _group.Pass(59_000);
        Assert.Equal(1, _group.Status().Ready);
        StoredMessage message = _group.Read(Assert.Single(_group.Get().Messages));
        Assert.Null(message.Overlay);
        Assert.Equal((1_000_000 + 3_600_000, 60_000L), (message.PublishedMs, message.TtlMs));

        // A return makes it ready again, and it is too old by then.
        _group.Pass(1_001);
        _group.SettleBy(Reader, SettleOutcome.Returned, 0);
        _group.Pass(1);
        Assert.Equal(0, _group.Status().Ready);
    }

    [Fact]
    public void One_with_a_time_is_shown_by_itself_and_not_before()
    {
        Park("later", delayMs: 2_000);
        Park("sooner", delayMs: 1_000);
        _group.Pass(999);
        Assert.Equal(0, _group.Status().Ready);
        _group.Pass(1);
        Assert.Equal("sooner", _group.BodyOf(Assert.Single(_group.Get().Messages)));
        _group.Pass(1_000);
        Assert.Equal("later", _group.BodyOf(Assert.Single(_group.Get().Messages)));
        _group.CheckState();
    }

    [Fact]
    public void Dropping_releases_it()
    {
        long position = Park("a");
        Assert.NotEmpty(_group.Machine.LiveIndexes());
        Assert.Equal(Reply.Ok, Drop(position));
        Assert.Empty(_group.Machine.LiveIndexes());
        Assert.Equal(Reply.Gone, Show(position));
        Assert.Equal(Reply.Gone, Drop(position));
        _group.Settle();
        Assert.Empty(_group.Wishes);
    }

    [Fact]
    public void It_is_shown_once_and_only_by_its_own_namespace()
    {
        long position = Park("a");
        Assert.Equal(Reply.Gone, _group.Apply(
            output => ParkedCommands.Show(output, new NamespaceId(2), position, Owner)).Reply);
        Assert.Equal(Reply.Gone, _group.Apply(
            output => ParkedCommands.Drop(output, new NamespaceId(2), position, Owner)).Reply);
        Assert.Equal(Reply.Ok, Show(position));
        Assert.Equal(Reply.Gone, Show(position));
        _group.Settle();
        Assert.Equal(1, _group.Status().Ready);
    }

    [Fact]
    public void Only_a_prepared_message_is_ended_and_only_for_its_owner()
    {
        long prepared = Park("prepared");
        long timed = Park("timed", delayMs: 1_000);
        long will = Park("will", owner: "");
        foreach ((long position, string owner) in ((long, string)[])
            [(prepared, "other"), (prepared, ""), (timed, Owner), (will, ""), (will, Owner)])
        {
            Assert.Equal(Reply.Gone, Show(position, owner));
            Assert.Equal(Reply.Gone, Drop(position, owner));
        }

        Assert.Equal(3, Parked.Count);
        _group.CheckState();
        Assert.Equal(Reply.Ok, Drop(prepared));
    }

    [Fact]
    public void No_kind_of_parked_message_takes_the_room_of_another()
    {
        QueueGroup group = New(new QueueMachineOptions { MaxParked = 1 });
        foreach ((string owner, long delayMs) in ((string, long)[])[(Owner, -1), ("", 1_000), ("", -1)])
        {
            var head = new ParkHead(Home, owner, delayMs);
            Assert.Equal(Reply.Ok, group.Apply(output => head.Write(output, QueueGroup.Unit("a"))).Reply);
            Assert.Equal(Reply.TooManyHeld, group.Apply(output => head.Write(output, QueueGroup.Unit("b"))).Reply);
        }

        group.CheckState();
    }

    [Fact]
    public void Positions_are_of_the_group_and_never_come_twice()
    {
        long first = Park("a");
        Drop(first);
        _group.ChangeLeader();
        long second = Park("b");
        Assert.Equal(_group.Machine.Group, Positions.GroupOf(first));
        Assert.True(second > first);
    }

    [Fact]
    public void Two_leaders_in_a_row_route_it_once()
    {
        Park("a", delayMs: 10);
        _group.Pass(9);
        _group.NowMs += 1;
        _group.Apply(QueueCommandWriter.Tick, LaneSource.Leader);
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Equal(1, _group.Waiting);

        // The first leader's routing is lost with it, or comes through beside the second one's.
        _group.ChangeLeader();
        _group.Dispatcher.Pump(_group.NowMs);
        _group.CommitOne();
        _group.Apply(
            output => QueueCommandWriter.RouteDuty(
                output, 1, new UnitRef(2, 0), 1, -1, 0, [QueueGroup.Orders], [], overlay: null),
            LaneSource.Leader);
        _group.Settle();
        Assert.Equal(1, _group.Status().Ready);
        _group.CheckState();
    }

    [Fact]
    public void To_another_group_it_goes_as_a_publish_of_its_own()
    {
        _group.Routes["shop"] = [new RouteTarget(new GroupId(2), new QueueId(90), "far")];
        Park("a", delayMs: 500, ttlMs: 60_000);
        _group.Pass(1_000);
        (GroupId target, byte[] payload) = Assert.Single(
            _group.Context.Sent, sent => sent.Target != GroupId.Directory);
        Assert.Equal(new GroupId(2), target);

        var other = new QueueGroup(group: 2);
        other.Create(id: 90);
        ReadOnlyMemory<byte> command = _group.Machine.Materialize(payload, _group);
        other.NowMs = _group.NowMs;
        other.Apply(output => output.Write(command.Span), new LaneSource(LaneSourceKind.Group, 1, 0));
        StoredMessage message = other.Read(Assert.Single(other.Get(queue: new QueueId(90)).Messages));
        Assert.Null(message.Overlay);
        Assert.Equal((1_000_500, 60_000L), (message.PublishedMs, message.TtlMs));
        other.Pass(60_001);
        Assert.Equal(0, other.Status(new QueueId(90)).Ready);

        _group.Deliver(payload);
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void A_body_that_went_ahead_is_parked_with_it()
    {
        _group.Apply(output => QueueCommandWriter.Chunk(
            output, 5, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("hello"))));
        Answer parked = Park(QueueGroup.Unit("") with { Upload = 5, UploadBytes = 5 });
        _group.Pass(120_000);
        Show(parked.Position);
        Assert.Equal("hello", _group.BodyOf(Assert.Single(_group.Get().Messages)));
        _group.SettleBy(Reader, SettleOutcome.Done, 0);
        Assert.Empty(_group.Machine.LiveIndexes());
    }

    [Fact]
    public void A_shown_message_that_dies_has_a_death_like_any_other()
    {
        _group.Apply(output => QueueCommandWriter.ChangeQueue(
            output, QueueGroup.Orders, new QueueSettings { DeadLetter = new DeadLetterTarget("dead", null) }));
        _group.Create(id: 8, name: "graves");
        _group.Routes["dead"] = [new RouteTarget(_group.Machine.Group, new QueueId(8), "graves")];
        Show(Park("a"));
        _group.Get();
        _group.SettleBy(Reader, SettleOutcome.Rejected, 0);
        StoredMessage dead = _group.Read(Assert.Single(_group.Get(queue: new QueueId(8)).Messages));
        Assert.Equal("orders", Assert.Single(dead.Overlay!.Deaths).Queue);
        Assert.Equal("a", Encoding.UTF8.GetString(dead.Body.ToArray()));
        _group.CheckState();
    }

    [Fact]
    public void A_group_parks_so_many_and_no_more()
    {
        QueueGroup group = New(new QueueMachineOptions { MaxParked = 1 });
        var head = new ParkHead(Home, "", -1);
        Assert.Equal(Reply.Ok, group.Apply(output => head.Write(output, QueueGroup.Unit("a"))).Reply);
        group.Apply(output => QueueCommandWriter.Chunk(
            output, 5, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("hello"))));
        Assert.Equal(new Answer(Reply.TooManyHeld, -1), group.Apply(output => head.Write(
            output, QueueGroup.Unit("") with { Upload = 5, UploadBytes = 5 })));
        Assert.Equal([1], group.Machine.LiveIndexes());
        group.CheckState();
    }

    [Fact]
    public void Under_pressure_what_is_due_waits()
    {
        QueueGroup group = New(new QueueMachineOptions { MaxDutyBytes = 100 });
        var head = new ParkHead(Home, "", 10);
        group.Apply(output => head.Write(output, QueueGroup.Unit("a")));
        group.Context.OutboxBytes = 1_000;
        group.NowMs += 10;
        group.Apply(QueueCommandWriter.Tick, LaneSource.Leader);
        Assert.Empty(group.Machine.Duties);
        group.Context.OutboxBytes = 0;
        group.Apply(QueueCommandWriter.Tick, LaneSource.Leader);
        group.Apply(QueueCommandWriter.Tick, LaneSource.Leader);
        Assert.Single(group.Machine.Duties);
    }

    [Fact]
    public void A_prepared_message_is_given_out_again_only_after_the_age_has_passed_once_more()
    {
        long timed = Park("timed", delayMs: 1_000_000, owner: Owner);
        long nobodys = Park("nobody's", owner: "");
        long prepared = Park("prepared", owner: Owner);
        Assert.Equal([prepared], PreparedAt(upToMs: _group.NowMs));
        _group.NowMs += 60;
        List(timed, nobodys, prepared);
        Assert.Equal((0, 0, 1), (TimesListed(timed), TimesListed(nobodys), TimesListed(prepared)));
        _group.NowMs += 59;
        Assert.Empty(PreparedAt(_group.NowMs - 60));
        _group.NowMs += 1;
        Assert.Equal([prepared], PreparedAt(_group.NowMs - 60));
        _group.CheckState();
        _group.ChangeLeader();
        Assert.Equal([prepared], PreparedAt(_group.NowMs - 60));
        Assert.Equal(Reply.Ok, Show(prepared));
        Assert.Empty(PreparedAt(long.MaxValue));
    }

    private static QueueGroup New(QueueMachineOptions? options = null) =>
        new(options, parts: () => [new ParkedPart()]);

    private long[] PreparedAt(long upToMs) => [.. Parked.Prepared(upToMs).Select(one => one.Position)];

    private int TimesListed(long position) => Parked.Find(position)!.TimesListed;

    private void List(params long[] positions) =>
        _group.Apply(output => ParkedCommands.List(output, 1, positions), LaneSource.Leader);

    private long Park(string body, long delayMs = -1, long? ttlMs = null, string owner = Owner)
    {
        Answer answer = Park(QueueGroup.Unit(body) with { TtlMs = ttlMs }, delayMs, owner);
        Assert.Equal(Reply.Ok, answer.Reply);
        return answer.Position;
    }

    private Answer Park(PublishedUnit unit, long delayMs = -1, string owner = Owner) =>
        _group.Apply(output => new ParkHead(Home, owner, delayMs).Write(output, unit));

    private Reply Show(long position, string owner = Owner) =>
        _group.Apply(output => ParkedCommands.Show(output, Home, position, owner)).Reply;

    private Reply Drop(long position, string owner = Owner) =>
        _group.Apply(output => ParkedCommands.Drop(output, Home, position, owner)).Reply;
}
