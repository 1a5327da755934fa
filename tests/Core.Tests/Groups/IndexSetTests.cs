using Cmq.MultiProtocol.Core.Groups;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Groups;

public sealed class IndexSetTests
{
    private static long[] Drawn(int seed, int count)
    {
        var random = new Random(seed);
        long at = random.Next(3000);
        return [.. Enumerable.Range(0, count).Select(_ => at += random.Next(1, random.Next(8) == 0 ? 4000 : 3))];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_is_the_list_that_it_was_made_of(int seed)
    {
        long[] indexes = Drawn(seed, 5000);
        IndexSet set = IndexSet.Of(indexes);

        Assert.Equal(indexes.Length, set.Count);
        Assert.Equal(indexes, set);
        for (int i = 0; i < indexes.Length; i += 7)
            Assert.Equal(indexes[i], set[i]);
        Assert.Equal(indexes, IndexSet.Of(set));
        Assert.Throws<ArgumentOutOfRangeException>(() => set[indexes.Length]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Its_indexes_within_bounds_are_worth_what_is_said_of_their_rows(int seed)
    {
        long[] indexes = Drawn(seed, 300);
        var set = new IndexSet();
        foreach (long index in indexes)
        {
            set.Add(index);
            if (WeightOf(index) != IndexSet.FullWeight)
                set.SetWeight(index, WeightOf(index));
        }

        foreach ((long first, long last) in new[]
        {
            (1, indexes[^1]), (indexes[150], indexes[150]), (indexes[100] + 1, indexes[200] - 1), (indexes[^1] + 1, 1L << 40),
        })
        {
            long expected = indexes.Where(index => index >= first && index <= last).Sum(WeightOf);
            Assert.Equal(expected, set.Weigh(first, last));
            Assert.Equal(expected, IndexSet.Of(set).Weigh(first, last));
        }

        int WeightOf(long index) => (index / 64 % 3) switch { 0 => 1, 1 => 77, _ => IndexSet.FullWeight };
    }
}
