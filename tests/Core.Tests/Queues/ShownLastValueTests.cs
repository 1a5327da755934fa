using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>Parked messages that change the last value of their topic when they are shown, as a retained will
/// does.</summary>
public sealed class ShownLastValueTests
{
    private const string Key = "order.new";
    private static readonly NamespaceId Home = new(1);
    private static readonly TopicId Topic = new(70);
    private static readonly LaneSource FirstGroup = new(LaneSourceKind.Group, 1, 0);
    private readonly QueueGroup _group = NewGroup();
    private readonly QueueGroup _other = NewGroup(2);

    public ShownLastValueTests() => _group.LastValues = new LastValueTarget(new GroupId(1), Topic);

    [Fact]
    public void It_is_the_last_value_when_it_was_shown_and_not_before()
    {
        long position = Park("a", LastValueChange.Put);
        _group.Settle();
        Assert.Empty(Read(_group));

        Show(position);
        Assert.Equal(["a"], Read(_group));
        _group.CheckState();
        _group.ChangeLeader();
        Assert.Equal(["a"], Read(_group));
    }

    [Fact]
    public void It_replaces_the_one_before_it_and_all_is_let_go_with_it()
    {
        Show(Park("a", LastValueChange.Put));
        Show(Park("b", LastValueChange.Put));
        Assert.Equal(["b"], Read(_group));
        _group.CheckState();

        Show(Park("", LastValueChange.Clear));
        Assert.Empty(Read(_group));
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void It_is_in_the_queues_too_and_stays_when_they_have_let_it_go()
    {
        _group.Create();
        _group.Routes["shop"] = [new RouteTarget(_group.Machine.Group, QueueGroup.Orders, "orders")];
        Show(Park("a", LastValueChange.Put));
        Assert.Equal("a", _group.BodyOf(Assert.Single(_group.Get().Messages)));
        _group.SettleBy(new ConnectionKey(QueueGroup.NodeA, 50), SettleOutcome.Done, 0);
        Assert.Equal(["a"], Read(_group));
        _group.CheckState();
    }

    [Fact]
    public void Its_time_to_live_counts_from_the_showing()
    {
        long position = Park("a", LastValueChange.Put, ttlMs: 60_000);
        _group.Pass(3_600_000);
        Show(position);
        _group.Pass(59_999);
        Assert.Equal(["a"], Read(_group));
        _group.Pass(1);
        Assert.Empty(Read(_group));
        Assert.Empty(_group.Machine.LiveIndexes());
    }

    [Fact]
    public void A_message_without_a_change_and_one_whose_topic_is_gone_leave_the_last_value_alone()
    {
        Show(Park("a", LastValueChange.Put));
        Show(Park("b", LastValueChange.None));
        _group.LastValues = null;
        Show(Park("c", LastValueChange.Put));
        Show(Park("", LastValueChange.Clear));
        Assert.Equal(["a"], Read(_group));
    }

    [Fact]
    public void Where_there_is_no_room_it_is_let_go()
    {
        QueueGroup group = NewGroup(limits: new LastValueLimits { MaxValues = 0 });
        group.LastValues = _group.LastValues;
        Show(Park("a", LastValueChange.Put, group: group), group);
        Assert.Empty(Read(group));
        Assert.Empty(group.Machine.LiveIndexes());
        group.CheckState();
    }

    [Fact]
    public void Two_leaders_in_a_row_change_it_once()
    {
        long position = Park("a", LastValueChange.Put);
        _group.Apply(output => ParkedCommands.Show(output, Home, position, "owner"));
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Equal(1, _group.Waiting);

        _group.ChangeLeader();
        _group.Settle();
        Assert.Equal(["a"], Read(_group));
        _group.Apply(output => LastValueCommands.Clear(output, Topic, Key));
        // The first leader's word comes through after all.
        _group.Apply(
            output => QueueCommandWriter.RouteDuty(
                output, 1, new UnitRef(1, 0), 1, -1, 0, [], [], overlay: null,
                new LastValueMove(LastValueChange.Put, _group.LastValues!.Value, Key)),
            LaneSource.Leader);
        Assert.Empty(Read(_group));
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void The_last_value_of_another_group_is_changed_there()
    {
        _group.LastValues = new LastValueTarget(new GroupId(2), Topic);
        Show(Park("a", LastValueChange.Put, ttlMs: 60_000));
        Assert.Empty(Read(_group));
        _group.CheckState();
        _group.ChangeLeader();
        Hand(1);

        Assert.Equal(["a"], Read(_other));
        Assert.Empty(_group.Machine.LiveIndexes());
        StoredMessage message = ValuesOf(_other).Single();
        Assert.Equal((1_000_000, 60_000L), (message.PublishedMs, message.TtlMs));
        Assert.Equal(("shop", Key), (message.Topic, message.RoutingKey));
        Assert.Equal(new byte[] { 1, 2, 3 }, message.Properties.ToArray());
        _other.CheckState();

        Show(Park("", LastValueChange.Clear));
        Hand(1);
        Assert.Empty(Read(_other));
        Assert.Empty(_group.Machine.LiveIndexes());
        Assert.Empty(_other.Machine.LiveIndexes());
    }

    [Fact]
    public void A_large_body_goes_ahead_once_for_the_queues_and_once_for_the_last_value()
    {
        _other.Create(id: 90);
        _group.LastValues = new LastValueTarget(new GroupId(2), Topic);
        _group.Routes["shop"] = [new RouteTarget(new GroupId(2), new QueueId(90), "far")];
        foreach (string piece in (string[])["hel", "lo"])
        {
            _group.Apply(output => QueueCommandWriter.Chunk(
                output, 5, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(piece))));
        }

        Show(Park(QueueGroup.Unit("") with { Upload = 5, UploadBytes = 5 }, LastValueChange.Put, _group));
        _group.CheckState();
        Hand(6);

        Assert.Equal(["hello"], Read(_other));
        Assert.Equal("hello", _other.BodyOf(Assert.Single(_other.Get(queue: new QueueId(90)).Messages)));
        Assert.Empty(_group.Machine.LiveIndexes());
        _other.CheckState();
    }

    [Fact]
    public void A_large_body_of_its_own_group_is_kept_by_the_last_value()
    {
        _group.Apply(output => QueueCommandWriter.Chunk(
            output, 5, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("hello"))));
        Show(Park(QueueGroup.Unit("") with { Upload = 5, UploadBytes = 5 }, LastValueChange.Put, _group));
        Assert.Equal(["hello"], Read(_group));
        _group.ChangeLeader();
        Assert.Equal(["hello"], Read(_group));
        _group.Apply(output => LastValueCommands.Clear(output, Topic, Key));
        Assert.Empty(_group.Machine.LiveIndexes());
    }

    private static QueueGroup NewGroup(int group = 1, LastValueLimits? limits = null) =>
        new(group: group, parts: () => [new LastValuePart(limits ?? LastValueLimits.Default), new ParkedPart()]);

    private static List<StoredMessage> ValuesOf(QueueGroup group)
    {
        List<StoredMessage> values = [];
        ((LastValuePart)group.Parts[0]).Find(Topic)?.Match(new LevelPattern("#"), null, int.MaxValue, value =>
        {
            values.Add(QueueUnits.Read(group.Machine, group, value.Unit));
            return true;
        });
        return values;
    }

    /// <summary>Bodies of the last values.</summary>
    private static string[] Read(QueueGroup group) =>
        [.. ValuesOf(group).Select(message => Encoding.UTF8.GetString(message.Body))];

    /// <summary>Gives the other group what waits for it, in order.</summary>
    private void Hand(int count)
    {
        byte[][] payloads =
            [.. _group.Context.Sent.Where(sent => sent.Target == new GroupId(2)).Select(sent => sent.Payload)];
        Assert.Equal(count, payloads.Length);
        _other.NowMs = _group.NowMs;
        foreach (byte[] payload in payloads)
        {
            ReadOnlyMemory<byte> command = _group.Machine.Materialize(payload, _group);
            Assert.Equal(Reply.Ok, _other.Apply(output => output.Write(command.Span), FirstGroup).Reply);
        }

        foreach (byte[] payload in payloads)
        {
            _group.Deliver(payload);
        }

        _group.Context.Sent.Clear();
    }

    private long Park(string body, LastValueChange change, long? ttlMs = null, QueueGroup? group = null) =>
        Park(QueueGroup.Unit(body) with { TtlMs = ttlMs }, change, group ?? _group);

    private static long Park(PublishedUnit unit, LastValueChange change, QueueGroup group)
    {
        var head = new ParkHead(Home, "owner", -1) { LastValue = change };
        Answer answer = group.Apply(output => head.Write(output, unit));
        Assert.Equal(Reply.Ok, answer.Reply);
        return answer.Position;
    }

    private void Show(long position, QueueGroup? group = null)
    {
        (group ?? _group).Apply(output => ParkedCommands.Show(output, Home, position, "owner"));
        (group ?? _group).Settle();
    }
}
