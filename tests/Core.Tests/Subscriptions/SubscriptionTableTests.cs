using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Subscriptions;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Subscriptions;

public sealed class SubscriptionTableTests
{
    private static readonly TopicId Topic = new(7);
    private static readonly NodeId Other = new(2);
    private static readonly NodeId Third = new(3);

    private readonly List<CountingSink> _sinks = [];
    private SubscriptionTable _table = SubscriptionTable.Empty;

    /// <summary>Filters and keys of a small alphabet, wildcards anywhere, against the plain definition.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_message_is_heard_once_by_exactly_those_with_a_filter_that_matches(int seed)
    {
        var random = new Random(seed);
        List<List<Listener>> filters = [.. Enumerable.Range(0, 60).Select(_ => new List<Listener>())];
        Subscriber[] subscribers = [.. filters.Select((_, i) => Subscribe(i + 1))];
        for (int round = 0; round < 400; round++)
        {
            int who = random.Next(filters.Count);
            if (filters[who].Count > 0 && random.Next(3) == 0)
            {
                Listener gone = filters[who][random.Next(filters[who].Count)];
                filters[who].Remove(gone);
                _table = _table.Without(gone);
            }
            else
            {
                string pattern = string.Join('.', Levels(random, ["a", "b", "", "$s", "*", "#"]));
                if (filters[who].TrueForAll(one => one.Filter.Pattern != pattern))
                    filters[who].Add(Listen(subscribers[who], pattern));
            }

            string key = string.Join('.', Levels(random, ["a", "b", "", "$s", "*", "#"]));
            int[] before = [.. _sinks.Select(sink => sink.Heard)];
            Tell(key);
            for (int i = 0; i < filters.Count; i++)
            {
                int expected = filters[i].Exists(one => Matches(one.Filter.Pattern, key)) ? 1 : 0;
                Assert.True(
                    _sinks[i].Heard - before[i] == expected,
                    $"{key} by {string.Join(" ", filters[i].Select(one => one.Filter.Pattern))}");
            }
        }
    }

    [Fact]
    public void A_table_that_lost_everything_is_empty()
    {
        Listener plain = Listen(Subscribe(1), "a.*");
        Listener shared = Listen(Subscribe(2), "a.*", "g");
        _table = _table.With(plain.Filter, new RemoteListener(Other, 1, 1, 0));
        _table = _table.With(shared.Filter, new RemoteListener(Other, 1, 1, 1));

        _table = _table.WithoutNode(Other, long.MaxValue).Without(plain).Without(shared);

        Assert.True(_table.IsEmpty);
    }

    [Fact]
    public void A_listener_to_what_is_transient_does_not_hear_what_is_persistent()
    {
        Listen(Subscribe(1), "a", transientOnly: true);
        Listen(Subscribe(2), "a", "g", transientOnly: true);
        _table = _table.With(new FilterKey(Topic, "a", null), new RemoteListener(Other, 1, 0, 1));

        Assert.Empty(Tell("a", persistent: true));
        Assert.Equal([0, 0], _sinks.Select(sink => sink.Heard));
        Assert.Equal([Other], Tell("a"));
        Assert.Equal([1, 1], _sinks.Select(sink => sink.Heard));
    }

    [Fact]
    public void A_share_group_takes_turns_through_all_connections_of_the_cluster()
    {
        var filter = new FilterKey(Topic, "a", "g");
        for (int i = 1; i <= 3; i++)
            Listen(Subscribe(i), "a", "g");
        _table = _table
            .With(filter, new RemoteListener(Other, 1, 2, 0))
            .With(filter, new RemoteListener(Third, 1, 1, 0));

        Dictionary<NodeId, int> picks = [];
        for (int i = 0; i < 600; i++)
        {
            foreach (NodeId node in Tell("a"))
                picks[node] = picks.GetValueOrDefault(node) + 1;
        }

        Assert.Equal([100, 100, 100], _sinks.Select(sink => sink.Heard));
        Assert.Equal((200, 100), (picks[Other], picks[Third]));
    }

    [Fact]
    public void A_connection_in_a_share_group_hears_for_itself_and_for_the_group()
    {
        Subscriber subscriber = Subscribe(1);
        Listen(subscriber, "a.#");
        Listen(subscriber, "#");
        Listen(subscriber, "a.#", "g");

        Tell("a.b");

        Assert.Equal((2, 2), (_sinks[0].Heard, _sinks[0].Flushed));
    }

    [Fact]
    public void What_a_later_list_of_a_node_does_not_name_goes_and_what_it_names_stays()
    {
        var first = new FilterKey(Topic, "a", null);
        var second = new FilterKey(Topic, "*", null);
        foreach (FilterKey filter in (FilterKey[])[first, second])
            _table = _table.With(filter, new RemoteListener(Other, 1, 1, 0));

        _table = _table.With(second, new RemoteListener(Other, 2, 1, 0)).WithoutNode(Other, 2);

        Assert.Null(_table.Find(Topic, "a"));
        Assert.Equal([Other], Tell("a"));
    }

    [Fact]
    public void Several_keys_and_topics_that_one_connection_listens_to_are_one_message()
    {
        Subscriber subscriber = Subscribe(1);
        Listen(subscriber, "a");
        Listen(subscriber, "b");
        var elsewhere = new Listener(subscriber, new FilterKey(new TopicId(8), "a", null), transientOnly: false);
        _table = _table.With(elsewhere);
        Hearing hearing = Hearing.Take();

        Assert.True(hearing.Match(
            _table, [Topic, new TopicId(8)], new RouteKeys("a", ["b", "a"], null, null), persistent: false));
        hearing.Tell(Message("a", persistent: false));
        hearing.GiveBack();

        Assert.Equal(1, _sinks[0].Heard);
    }

    private Subscriber Subscribe(long number)
    {
        var sink = new CountingSink();
        _sinks.Add(sink);
        return new Subscriber(number, sink);
    }

    private Listener Listen(Subscriber subscriber, string pattern, string? share = null, bool transientOnly = false)
    {
        var listener = new Listener(subscriber, new FilterKey(Topic, pattern, share), transientOnly);
        _table = _table.With(listener);
        return listener;
    }

    /// <summary>The nodes that must hear or pick.</summary>
    private NodeId[] Tell(string key, bool persistent = false)
    {
        Hearing hearing = Hearing.Take();
        if (hearing.Match(_table, [Topic], new RouteKeys(key, null, null, null), persistent))
            hearing.Tell(Message(key, persistent));
        NodeId[] nodes = [.. hearing.Nodes, .. hearing.Picks.ToArray().Select(pick => pick.Node)];
        hearing.GiveBack();
        return nodes;
    }

    private static StoredMessage Message(string key, bool persistent) => new(
        "t", key, [], PropertyFormat.None, default, ReadOnlySequence<byte>.Empty, 0, null, 0, persistent, null);

    private static IEnumerable<string> Levels(Random random, string[] words) =>
        Enumerable.Range(0, random.Next(1, 5)).Select(_ => words[random.Next(words.Length)]);

    private static bool Matches(string pattern, string key) =>
        !(key.StartsWith('$') && pattern.Split('.')[0] is "*" or "#")
        && Matches(Split(pattern), Split(key));

    private static string[] Split(string levels) => levels.Length == 0 ? [] : levels.Split('.');

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> key)
    {
        if (pattern.IsEmpty)
            return key.IsEmpty;
        if (pattern[0] == "#")
            return Matches(pattern[1..], key) || (!key.IsEmpty && Matches(pattern, key[1..]));
        return !key.IsEmpty && (pattern[0] == "*" || pattern[0] == key[0]) && Matches(pattern[1..], key[1..]);
    }
}
