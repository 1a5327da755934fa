using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Subscriptions;
using Cmq.MultiProtocol.Fakes;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Filters on their way from one node to another: what sends and what receives, and losses between.</summary>
public sealed class FilterExchangeTests
{
    private static readonly TopicId Topic = new(7);
    private static readonly NodeIncarnation Life = new(new NodeId(1), 5);

    private readonly ManualTime _time = new();
    private readonly Queue<ReadOnlyMemory<byte>> _onTheWay = new();
    private readonly HashSet<NodeIncarnation> _over = [];
    private readonly ListSender<FilterInterest> _sender;
    private FilterReceiver _receiver = new(Life.Node);
    private SubscriptionTable _table = SubscriptionTable.Empty;

    public FilterExchangeTests()
    {
        _sender = new ListSender<FilterInterest>(
            new NodeId(2),
            PeerKind.Filters,
            static (output, interest) => SubscriptionCodec.Write(output, interest),
            Send,
            _time);
        _sender.Connected();
    }

    [Fact]
    public void A_list_of_nothing_is_whole_when_it_was_acknowledged()
    {
        _sender.Begin(Life, [], change: 3);
        Assert.Equal(-1, _sender.Acknowledged);
        Pass();
        Assert.Equal((3, true), (_sender.Acknowledged, _receiver.IsWhole));
    }

    [Fact]
    public void A_long_list_is_whole_with_its_last_batch_and_changes_come_behind_it()
    {
        _sender.Begin(Life, [.. Enumerable.Range(0, 5_000).Select(i => Wants($"some-filter-{i}"))], change: 5_000);
        _sender.Add(5_001, Wants("late"));
        _sender.Add(5_002, Wants("some-filter-0", 0));
        int batches = 0;
        while (_sender.Acknowledged < 5_000)
        {
            Assert.Equal(-1, _sender.Acknowledged);
            Assert.False(_receiver.IsWhole);
            Assert.True(PassOne());
            batches++;
        }

        Assert.True(batches > 1);
        Assert.True(_receiver.IsWhole);
        Assert.Null(_table.Find(Topic, "late"));
        Pass();
        Assert.Equal(5_002, _sender.Acknowledged);
        Assert.NotNull(_table.Find(Topic, "late"));
        Assert.Null(_table.Find(Topic, "some-filter-0"));
        Assert.NotNull(_table.Find(Topic, "some-filter-4999"));
    }

    [Fact]
    public void A_batch_or_its_acknowledgement_that_was_lost_is_repeated_and_counts_once()
    {
        _sender.Begin(Life, [], change: 0);
        _onTheWay.Clear();
        Repeat();
        Receive(_onTheWay.Dequeue());
        Assert.Equal(-1, _sender.Acknowledged);
        Repeat();
        Pass();
        Assert.Equal(0, _sender.Acknowledged);

        _sender.Add(1, Wants("a"));
        Receive(_onTheWay.Dequeue());
        _sender.Add(2, Wants("b"));
        Repeat();
        Pass();

        Assert.Equal(2, _sender.Acknowledged);
        Assert.Equal(["a", "b"], Patterns());
    }

    [Fact]
    public void Behind_a_broken_connection_everything_comes_again_and_what_went_meanwhile_is_dropped_at_its_end()
    {
        _sender.Begin(Life, [Wants("goes"), Wants("stays")], change: 2);
        Pass();
        _sender.Disconnected();
        _receiver.Disconnected();
        _sender.Add(3, Wants("goes", 0));
        Assert.Equal(-1, _sender.Acknowledged);

        _sender.Connected();
        _sender.Begin(Life, [Wants("stays"), Wants("new")], change: 4);
        Assert.Equal(["goes", "stays"], Patterns());
        Pass();

        Assert.Equal(["new", "stays"], Patterns());
        Assert.Equal((4, true), (_sender.Acknowledged, _receiver.IsWhole));
    }

    [Fact]
    public void What_a_former_life_wanted_goes_with_the_list_of_the_next_or_with_its_end()
    {
        _sender.Begin(Life, [Wants("a")], change: 1);
        ReadOnlyMemory<byte> old = _onTheWay.Peek();
        Pass();
        var next = new NodeIncarnation(Life.Node, Life.Incarnation + 1);
        _sender.Begin(next, [Wants("b")], change: 2);
        Pass();
        Assert.Equal(["b"], Patterns());

        Assert.Null(Receive(old));
        _over.Add(next);
        _table = _receiver.Drop(_table);
        Assert.Equal(default, _receiver.Life);
        _sender.Add(3, Wants("c"));
        Pass();

        Assert.Empty(Patterns());
        Assert.Equal(2, _sender.Acknowledged);
    }

    [Fact]
    public void A_node_that_lost_its_memory_takes_no_change_before_a_list()
    {
        _sender.Begin(Life, [Wants("a")], change: 1);
        Pass();
        _receiver = new FilterReceiver(Life.Node);
        _table = SubscriptionTable.Empty;
        _sender.Add(2, Wants("b"));

        Assert.Null(Receive(_onTheWay.Dequeue()));
        Assert.True(_table.IsEmpty);
    }

    private bool Send(NodeId to, PeerMessage message)
    {
        _onTheWay.Enqueue(message.Payload);
        return true;
    }

    /// <summary>The next batch arrives, and its acknowledgement.</summary>
    private bool PassOne()
    {
        if (!_onTheWay.TryDequeue(out ReadOnlyMemory<byte> batch))
            return false;
        if (Receive(batch) is { } taken)
        {
            var input = new StateReader(taken);
            _sender.AcknowledgedBy(PeerCodec.ReadLife(ref input), input.ReadInt64(), input.ReadInt32());
        }

        return true;
    }

    private void Pass()
    {
        while (PassOne())
        {
            // Until nothing is on the way.
        }
    }

    private ReadOnlyMemory<byte>? Receive(ReadOnlyMemory<byte> batch) =>
        _receiver.Receive(ref _table, batch, _over.Contains);

    private void Repeat()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _sender.Tick();
    }

    private string[] Patterns() => [.. _table.ToList().Select(one => one.Pattern).Order(StringComparer.Ordinal)];

    private static FilterInterest Wants(string pattern, int toAll = 1) =>
        new(new FilterKey(Topic, pattern, null), toAll, 0);
}
