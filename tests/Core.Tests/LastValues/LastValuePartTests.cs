using System.Buffers;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.LastValues;

public sealed class LastValuePartTests
{
    private readonly LastValueGroup _group = new(new LastValueLimits { MaxValues = 5, MaxKeyBytes = 40 });

    [Theory]
    [InlineData("*.b.c")]
    [InlineData("#")]
    [InlineData("k1.#")]
    [InlineData("*.b")]
    [InlineData("nothing.*")]
    public void A_walk_looks_at_so_many_nodes_and_goes_on_where_it_stopped(string pattern)
    {
        var group = new LastValueGroup(new LastValueLimits());
        for (int i = 0; i < 30; i++)
        {
            foreach (string key in (string[])[$"k{i}.b", $"k{i}.b.c", $"k{i}.a.c", $"k{i}"])
                group.Put(key, "v");
        }

        string[] all = group.Read(pattern);
        Assert.Equal(1, group.Walks);
        for (int nodes = 4; nodes < 40; nodes++)
            Assert.Equal(all, group.Read(pattern, nodesPerWalk: nodes));

        // A pattern that starts with a wildcard looks at all first levels, whatever it finds.
        group.Read(pattern, nodesPerWalk: 10);
        Assert.Equal(pattern[0] is '*' or '#', group.Walks >= 3);
    }

    [Fact]
    public void The_newest_message_of_a_key_stays_until_it_is_cleared()
    {
        _group.Put("a", "1");
        _group.Put("b", "2");
        _group.Put("a", "3");
        Assert.Equal(["a=3", "b=2"], _group.Read("#"));

        Assert.Equal(Reply.Ok, _group.Clear("a"));
        Assert.Equal(Reply.Ok, _group.Clear("never"));

        Assert.Equal(["b=2"], _group.Read("#"));
        Assert.Equal([2], _group.Machine.LiveIndexes());
    }

    [Fact]
    public void A_message_with_a_time_to_live_goes_by_tick_and_a_later_one_is_not_taken_for_it()
    {
        _group.Put("a", ttlMs: 1_000);
        _group.Put("b", ttlMs: 2_000);
        _group.Put("c", ttlMs: 1_000);
        _group.Put("c", "y");
        Assert.Equal(_group.NowMs + 1_000, _group.Machine.NextTickMs);

        _group.NowMs += 1_000;
        Tick();

        Assert.Equal(["b=x", "c=y"], _group.Read("#"));
        Assert.Equal(_group.NowMs + 1_000, _group.Machine.NextTickMs);
        _group.NowMs += 1_000;
        _group.Clear("b");
        Assert.Null(_group.Machine.NextTickMs);
    }

    [Fact]
    public void A_full_group_refuses_another_key_and_takes_a_present_one()
    {
        for (int i = 0; i < 5; i++)
            Assert.Equal(Reply.Ok, _group.Put($"{i}"));
        Assert.Equal(Reply.LimitReached, _group.Put("5"));
        Assert.Equal(Reply.Ok, _group.Put("4", "y"));
        _group.Clear("0");
        Assert.Equal(Reply.Ok, _group.Put("5"));
        _group.Clear("1");
        Assert.Equal(Reply.LimitReached, _group.Put(new string('k', 37)));
        Assert.Equal(Reply.Ok, _group.Put(new string('k', 36)));
        Assert.Equal((5, 40), (_group.Part.Count, _group.Part.KeyBytes));
    }

    [Fact]
    public void A_key_of_too_many_levels_is_refused()
    {
        var group = new LastValueGroup();
        Assert.Equal(Reply.Ok, group.Put(new string('.', 126)));
        Assert.Equal(Reply.LimitReached, group.Put(new string('.', 127)));
        Assert.Single(group.Read("#"));
    }

    [Fact]
    public void A_large_body_that_went_ahead_is_kept_with_its_value_and_let_go_with_it()
    {
        Chunk(1, "ab");
        Chunk(1, "cd");
        Assert.Equal(Reply.Ok, _group.PutUpload("a", upload: 1, bytes: 4));
        _group.Restore();
        Assert.Equal(["a=abcd"], _group.Read("a"));

        _group.Put("a", "small");

        Assert.Equal([4], _group.Machine.LiveIndexes());
        for (int i = 0; i < 4; i++)
            _group.Put($"{i}");
        Chunk(2, "ab");
        Assert.Equal(Reply.LimitReached, _group.PutUpload("full", upload: 2, bytes: 2));
        Assert.Equal([4, 5, 6, 7, 8], _group.Machine.LiveIndexes());
    }

    [Fact]
    public void A_topic_that_was_deleted_loses_its_values_and_takes_no_late_ones()
    {
        _group.Put("a");
        _group.Put("b", ttlMs: 1_000);
        _group.Put("a", topic: new TopicId(8));

        _group.Apply(output => LastValueCommands.DropTopic(output, LastValueGroup.Topic));

        Assert.Empty(_group.Read("#"));
        Assert.Equal([3], _group.Machine.LiveIndexes());
        Assert.Null(_group.Machine.NextTickMs);
        _group.Restore();
        Assert.Equal(Reply.Gone, _group.Put("a"));
        Assert.Equal([new TopicId(8)], _group.Part.Topics);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_a_pattern_finds_is_what_matches_in_order_of_levels_also_when_it_goes_on_behind_a_key(int seed)
    {
        var random = new Random(seed);
        var group = new LastValueGroup();
        SortedSet<string> keys = new(Comparer<string>.Create(CompareLevels));
        for (int round = 0; round < 300; round++)
        {
            string key = Levels(random, ["a", "b", "c", "", "$s", "*", "b!"]);
            if (random.Next(3) == 0)
            {
                group.Clear(key);
                keys.Remove(key);
            }
            else
            {
                Assert.Equal(Reply.Ok, group.Put(key, ttlMs: random.Next(2) == 0 ? null : 1_000));
                keys.Add(key);
            }

            if (round == 150)
                group.Restore();
            string pattern = Levels(random, ["a", "b", "", "$s", "*", "#"]);
            string[] expected = [.. keys.Where(one => Matches(pattern, one)).Select(one => $"{one}=x")];
            Assert.Equal(expected, group.Read(pattern));
            string after = keys.Count > 0 && random.Next(2) == 0 ? keys.ElementAt(random.Next(keys.Count)) : key;
            Assert.Equal(
                expected.Where(one => CompareLevels(one[..^2], after) > 0), group.Read(pattern, after));
        }
    }

    private void Tick() => _group.Apply(QueueCommandWriter.Tick);

    private void Chunk(long upload, string bytes) => _group.Apply(output => QueueCommandWriter.Chunk(
        output, upload, new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(bytes))));

    private static string Levels(Random random, string[] words) =>
        string.Join('.', Enumerable.Range(0, random.Next(1, 5)).Select(_ => words[random.Next(words.Length)]));

    private static int CompareLevels(string? a, string? b)
    {
        string[] left = Split(a!);
        string[] right = Split(b!);
        for (int i = 0; i < left.Length && i < right.Length; i++)
        {
            int order = string.CompareOrdinal(left[i], right[i]);
            if (order != 0)
                return order;
        }

        return left.Length.CompareTo(right.Length);
    }

    private static bool Matches(string pattern, string key) =>
        !(key.StartsWith('$') && Split(pattern) is ["*" or "#", ..]) && Matches(Split(pattern), Split(key));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> key)
    {
        if (pattern.IsEmpty)
            return key.IsEmpty;
        if (pattern[0] == "#")
            return Matches(pattern[1..], key) || (!key.IsEmpty && Matches(pattern, key[1..]));
        return !key.IsEmpty && (pattern[0] == "*" || pattern[0] == key[0]) && Matches(pattern[1..], key[1..]);
    }

    private static string[] Split(string levels) => levels.Length == 0 ? [] : levels.Split('.');
}
