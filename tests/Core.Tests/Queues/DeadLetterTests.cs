using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>specs/amqp-0-9-1-rabbitmq-3.6.md, "Dead-lettering and x-death", in the core's words.</summary>
public sealed class DeadLetterTests
{
    private static readonly QueueId Graves = new(8);
    private static readonly ConnectionKey Reader = new(QueueGroup.NodeA, 50);
    private readonly QueueGroup _group = new();

    [Fact]
    public void A_rejected_message_moves_with_its_body_and_its_history()
    {
        CreatePair(new DeadLetterTarget("dead", null));
        _group.Publish("a", ttlMs: 60_000);
        long body = _group.LastIndex;
        _group.Get();
        _group.SettleBy(Reader, SettleOutcome.Rejected, 0);
        _group.CheckState();
        DispatchedMessage moved = Assert.Single(_group.Get(queue: Graves).Messages);
        StoredMessage message = _group.Read(moved);
        Assert.Equal("a", Encoding.UTF8.GetString(message.Body.ToArray()));
        Assert.Equal(new byte[] { 1, 2, 3 }, message.Properties.ToArray());
        Assert.Equal(("shop", "order.new"), (message.Topic, message.RoutingKey));
        Assert.Equal(("dead", "order.new"), (message.Overlay!.Topic, message.Overlay.RoutingKey));
        Assert.Equal(["copy"], message.Overlay.MoreKeys);
        Death death = Assert.Single(message.Overlay.Deaths);
        Assert.Equal(
            ("orders", DeathReason.Rejected, 1, _group.NowMs, "shop", true),
            (death.Queue, death.Reason, death.Count, death.TimeMs, death.Topic, death.TookTtl));
        Assert.Equal(["order.new", "copy"], death.RoutingKeys);

        // Its own time to live no longer counts; body and overlay live until it is settled.
        _group.Pass(120_000);
        Assert.Contains(body, _group.Machine.LiveIndexes());
        _group.SettleIn(Graves, Reader, SettleOutcome.Done, 0);
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    /// <summary>A new leader that has just started may lead before it has heard of the queue that letters are
    /// for.</summary>
    [Fact]
    public void A_dead_letter_waits_until_its_leader_knows_where_it_goes()
    {
        CreatePair(new DeadLetterTarget("dead", null));
        _group.KnowsRoutes = false;
        _group.Publish("a", ttlMs: 10);
        _group.Pass(200);
        Assert.Empty(_group.Wishes);
        Assert.Single(_group.Machine.Duties);

        _group.KnowsRoutes = true;
        _group.Pass(200);
        Assert.Single(_group.Get(queue: Graves).Messages);
        Assert.Empty(_group.Machine.Duties);
        _group.CheckState();
    }

    [Fact]
    public void A_key_of_the_queue_replaces_all_keys()
    {
        CreatePair(new DeadLetterTarget("dead", "rip"));
        _group.Publish("a", ttlMs: 10);
        _group.Pass(10);
        StoredMessage message = _group.Read(Assert.Single(_group.Get(queue: Graves).Messages));
        Assert.Equal(("rip", 0), (message.Overlay!.RoutingKey, message.Overlay.MoreKeys.Count));
        Assert.Equal(DeathReason.Expired, message.Overlay.Deaths[0].Reason);
    }

    [Fact]
    public void The_same_death_again_counts_up_and_comes_first_with_its_first_time()
    {
        CreatePair(new DeadLetterTarget("dead", null));
        _group.Apply(output => QueueCommandWriter.ChangeQueue(
            output, Graves, new QueueSettings { DeadLetter = new DeadLetterTarget("back", null) }));
        _group.Routes["back"] = [new RouteTarget(new GroupId(1), QueueGroup.Orders, "orders")];
        _group.Publish("a");
        long firstMs = _group.NowMs;
        for (int round = 0; round < 3; round++)
        {
            DispatchedMessage got = Assert.Single(_group.Get().Messages);
            _group.SettleBy(Reader, SettleOutcome.Rejected, got.Sequence);
            _group.NowMs += 1_000;
            DispatchedMessage dead = Assert.Single(_group.Get(queue: Graves).Messages);
            _group.CheckState();
            if (round < 2)
                _group.SettleIn(Graves, Reader, SettleOutcome.Rejected, dead.Sequence);
            else
                Check(_group.Read(dead));
        }

        // Only the body and the last overlay are left of all the moves.
        Assert.Equal(2, _group.Machine.LiveIndexes().Count);

        void Check(StoredMessage message)
        {
            Assert.Equal(
                [("orders", 3L, firstMs), ("graves", 2L, firstMs + 1_000)],
                message.Overlay!.Deaths.Select(death => (death.Queue, death.Count, death.TimeMs)));
            Assert.Equal("a", Encoding.UTF8.GetString(message.Body.ToArray()));
        }
    }

    [Fact]
    public void Many_deaths_of_a_message_with_long_keys_stay_small_and_the_latest_keep_theirs()
    {
        // Each queue's dead letters go to the next one.
        const int Queues = 40;
        string key = new('k', DeathHistory.MaxKeyBytes / 4);
        for (int i = 0; i < Queues; i++)
        {
            var target = new DeadLetterTarget($"t{i + 1}", null);
            _group.Create(new QueueSettings { DeadLetter = target }, id: 100 + i, name: $"q{i}");
            _group.Routes[$"t{i}"] = [new RouteTarget(new GroupId(1), new QueueId(100 + i), $"q{i}")];
        }

        PublishedUnit unit = QueueGroup.Unit("a") with { RoutingKey = key, MoreKeys = [] };
        _group.Apply(output => QueueCommandWriter.Publish(output, [new QueueId(100)], unit));
        for (int i = 0; i < Queues - 1; i++)
        {
            DispatchedMessage got = Assert.Single(_group.Get(queue: new QueueId(100 + i)).Messages);
            _group.SettleIn(new QueueId(100 + i), Reader, SettleOutcome.Rejected, got.Sequence);
        }

        StoredMessage dead =
            _group.Read(Assert.Single(_group.Get(queue: new QueueId(100 + Queues - 1)).Messages));
        Assert.Equal(key, dead.Overlay!.RoutingKey);
        Assert.Equal(Queues - 1, dead.Overlay.Deaths.Count);
        Assert.Equal([1, 1, 1, 0], dead.Overlay.Deaths.Take(4).Select(death => death.RoutingKeys.Count));
        Assert.All(dead.Overlay.Deaths.Skip(3), death => Assert.Empty(death.RoutingKeys));
    }

    [Fact]
    public void A_duty_with_more_targets_than_an_entry_has_room_for_is_routed_to_those_that_fit()
    {
        CreatePair(new DeadLetterTarget("dead", null));
        _group.Routes["dead"] =
        [
            _group.Routes["dead"][0],
            .. Enumerable.Range(1_000, 500_000)
                .Select(id => new RouteTarget(new GroupId(1), new QueueId(id), $"{id}")),
        ];
        _group.Publish("a");
        _group.Get();
        _group.SettleBy(Reader, SettleOutcome.Rejected, 0);
        _group.Dispatcher.Pump(_group.NowMs);

        Assert.InRange(_group.LargestProposal, 1_000_000, BatchBuilder.MaxCommandBytes);
        Assert.Single(_group.Get(queue: Graves).Messages);
        Assert.Empty(_group.Machine.Duties);
    }

    [Fact]
    public void A_duty_whose_keys_alone_are_too_much_ends_without_targets()
    {
        CreatePair(new DeadLetterTarget("dead", null));
        PublishedUnit unit = QueueGroup.Unit("a") with { RoutingKey = new('k', BatchBuilder.MaxCommandBytes) };
        _group.Apply(output => QueueCommandWriter.Publish(output, [QueueGroup.Orders], unit));
        _group.Get();
        _group.SettleBy(Reader, SettleOutcome.Rejected, 0);
        _group.Settle();

        Assert.InRange(_group.LargestProposal, 1, 1_000);
        Assert.Empty(_group.Machine.Duties);
        Assert.Empty(_group.Machine.LiveIndexes());
    }

    [Fact]
    public void A_message_does_not_go_round_by_expiry_alone()
    {
        _group.Create(new QueueSettings { MessageTtlMs = 10, DeadLetter = new DeadLetterTarget("dead", null) });
        _group.Create(
            new QueueSettings { MessageTtlMs = 10, DeadLetter = new DeadLetterTarget("back", null) }, 8, "graves");
        _group.Routes["dead"] = [new RouteTarget(new GroupId(1), Graves, "graves")];
        _group.Routes["back"] = [new RouteTarget(new GroupId(1), QueueGroup.Orders, "orders")];
        _group.Publish("a");
        _group.Pass(1_000);
        Assert.Equal((0, 0), (_group.Status().Ready, _group.Status(Graves).Ready));
        Assert.Empty(_group.Machine.LiveIndexes());
    }

    [Fact]
    public void A_rejection_in_between_lets_it_go_round()
    {
        _group.Create(new QueueSettings { MessageTtlMs = 10, DeadLetter = new DeadLetterTarget("dead", null) });
        _group.Create(new QueueSettings { DeadLetter = new DeadLetterTarget("back", null) }, 8, "graves");
        _group.Routes["dead"] = [new RouteTarget(new GroupId(1), Graves, "graves")];
        _group.Routes["back"] = [new RouteTarget(new GroupId(1), QueueGroup.Orders, "orders")];
        _group.Publish("a");
        for (int round = 0; round < 3; round++)
        {
            _group.Pass(10);
            DispatchedMessage dead = Assert.Single(_group.Get(queue: Graves).Messages);
            _group.SettleIn(Graves, Reader, SettleOutcome.Rejected, dead.Sequence);
            _group.Settle();
            Assert.Equal(1, _group.Status().Ready);
        }
    }

    [Fact]
    public void Overflow_makes_dead_letters_and_an_unknown_topic_drops_them()
    {
        _group.Create(new QueueSettings { MaxMessages = 1, DeadLetter = new DeadLetterTarget("nowhere", null) });
        _group.Publish("a");
        _group.Publish("b");
        _group.Settle();
        Assert.Equal(1, _group.Status().Ready);
        Assert.Single(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void Many_expire_at_once_in_order()
    {
        CreatePair(new DeadLetterTarget("dead", null), messageTtlMs: 100);
        const int Messages = 3_000;
        for (int i = 0; i < Messages; i++)
            _group.Publish($"{i}");
        _group.Pass(100);
        Assert.Equal((0, Messages), (_group.Status().Ready, _group.Status(Graves).Ready));
        _group.Attach(credit: Messages, queue: Graves);
        _group.Settle();
        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"{i}"), _group.Bodies());
        _group.CheckState();
    }

    [Fact]
    public void Age_of_the_queue_kills_wherever_a_message_stands_but_not_in_somebodys_hands()
    {
        _group.Create(
            new QueueSettings { DeadLetterAfterMs = 1_000, DeadLetter = new DeadLetterTarget("dead", null) });
        _group.Create(id: 8, name: "graves");
        _group.Routes["dead"] = [new RouteTarget(new GroupId(1), Graves, "graves")];
        _group.Publish("held");
        _group.Publish("ready", ttlMs: 50_000);
        DispatchedMessage held = Assert.Single(_group.Get().Messages);
        _group.Pass(1_000);
        Assert.Equal((0, 1, 1), (_group.Status().Ready, _group.Status().Held, _group.Status(Graves).Ready));
        _group.SettleBy(Reader, SettleOutcome.Returned, held.Sequence);
        _group.Settle();
        Assert.Equal(2, _group.Status(Graves).Ready);
    }

    [Fact]
    public void A_duty_survives_its_queue_and_a_change_of_leader()
    {
        CreatePair(new DeadLetterTarget("dead", null));
        _group.Publish("a");
        _group.Get();
        _group.SettleBy(Reader, SettleOutcome.Rejected, 0);
        _group.Apply(output => QueueCommandWriter.RemoveQueue(output, QueueGroup.Orders));
        _group.CheckState();
        _group.ChangeLeader();
        Assert.Equal("a", _group.BodyOf(Assert.Single(_group.Get(queue: Graves).Messages)));
    }

    [Fact]
    public void Two_leaders_that_route_the_same_death_move_it_once()
    {
        CreatePair(new DeadLetterTarget("dead", null));
        _group.Publish("a");
        _group.Get();
        _group.SettleBy(Reader, SettleOutcome.Rejected, 0);
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Equal(1, _group.Waiting);
        var overlay = new Overlay("dead", "k", [], []);
        for (int leader = 0; leader < 2; leader++)
        {
            _group.Apply(
                output => QueueCommandWriter.RouteDuty(output, 1, new UnitRef(3, 0), 1, -1, 0, [Graves], [], overlay),
                LaneSource.Leader);
        }

        _group.Settle();
        Assert.Equal(1, _group.Status(Graves).Ready);
        _group.CheckState();
    }

    [Fact]
    public void Who_listens_hears_a_dead_letter_when_its_move_is_applied_and_from_one_leader_only()
    {
        _group.IsListened = true;
        CreatePair(new DeadLetterTarget("dead", "rip"));
        _group.Publish("a");
        _group.Get();
        _group.SettleBy(Reader, SettleOutcome.Rejected, 0);
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Equal(1, _group.Waiting);
        Assert.Empty(_group.Heard);

        _group.ChangeLeader();
        _group.Settle();

        StoredMessage heard = Assert.Single(_group.Heard);
        Assert.Equal(("dead", "rip"), (heard.Overlay!.Topic, heard.Overlay.RoutingKey));
        Assert.Equal("a", Encoding.UTF8.GetString(heard.Body.ToArray()));
    }

    [Fact]
    public void A_move_to_another_group_carries_the_body_and_is_released_when_it_is_there()
    {
        var other = new QueueGroup(group: 2);
        other.Create(id: 9, name: "far");
        CreatePair(new DeadLetterTarget("dead", null));
        _group.Routes["dead"] =
        [
            new RouteTarget(new GroupId(1), Graves, "graves"),
            new RouteTarget(new GroupId(2), new QueueId(9), "far"),
        ];
        _group.Apply(output => QueueCommandWriter.Chunk(
            output, 1, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("large"))));
        _group.Apply(output => QueueCommandWriter.Publish(
            output, [QueueGroup.Orders], QueueGroup.Unit("") with { Upload = 1, UploadBytes = 5, TtlMs = 77 }));
        long publishedMs = _group.NowMs;
        _group.Get();
        _group.NowMs += 10;
        _group.SettleBy(Reader, SettleOutcome.Rejected, 0);
        _group.Settle();
        // The pieces of the body, then the move itself.
        byte[][] payloads =
            [.. _group.Context.Sent.Where(sent => sent.Target == new GroupId(2)).Select(sent => sent.Payload)];
        Assert.Equal(2, payloads.Length);

        // Gone here, the other group has not got it yet.
        _group.Get(queue: Graves);
        _group.SettleIn(Graves, Reader, SettleOutcome.Done, 0);
        Assert.NotEmpty(_group.Machine.LiveIndexes());
        _group.CheckState();
        other.NowMs = _group.NowMs + 5;
        foreach (byte[] payload in payloads)
        {
            ReadOnlyMemory<byte> command = _group.Machine.Materialize(payload, _group);
            Answer answer = other.ApplyEntry([command], new LaneSource(LaneSourceKind.Group, 1, 0))[0];
            Assert.Equal(Reply.Ok, answer.Reply);
            _group.Deliver(payload);
            // However long the rest takes to come, the pieces stay: they are nowhere else any more.
            other.Pass(10 * 60_000);
            other.CheckState();
        }

        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();

        other.Pass(1_000);
        StoredMessage message = other.Read(Assert.Single(other.Get(queue: new QueueId(9)).Messages));
        Assert.Equal("large", Encoding.UTF8.GetString(message.Body.ToArray()));
        Assert.Equal((publishedMs, 77L), (message.PublishedMs, message.TtlMs));
        Assert.Equal("orders", Assert.Single(message.Overlay!.Deaths).Queue);
        other.CheckState();
    }

    [Fact]
    public void Under_pressure_a_queue_with_dead_letters_stands_still_and_goes_on_later()
    {
        CreatePair(new DeadLetterTarget("dead", null), messageTtlMs: 1_000);
        _group.Publish("a");
        _group.Context.OutboxBytes = _group.Options.MaxDutyBytes + 1;
        Assert.Equal(Reply.Full, _group.Publish("b").Reply);
        Assert.Equal(Reply.Ok, _group.Publish("c", null, 0, Graves).Reply);
        _group.Attach();
        _group.Pass(5_000);
        Assert.Empty(_group.Delivered);
        Assert.Empty(_group.Get().Messages);
        Assert.Equal(1, _group.Status().Ready);
        Assert.Single(_group.Get(queue: Graves).Messages);

        _group.Context.OutboxBytes = 0;
        _group.Pass(1_000);
        Assert.Equal((0, 1), (_group.Status().Ready, _group.Status(Graves).Ready));
        Assert.Equal(Reply.Ok, _group.Publish("d").Reply);
        _group.CheckState();
    }

    private void CreatePair(DeadLetterTarget target, long? messageTtlMs = null)
    {
        _group.Create(new QueueSettings { DeadLetter = target, MessageTtlMs = messageTtlMs });
        _group.Create(id: 8, name: "graves");
        _group.Routes["dead"] = [new RouteTarget(new GroupId(1), Graves, "graves")];
    }
}
