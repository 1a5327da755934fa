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
    public void What_is_put_in_the_place_of_the_end_is_a_row_without_gaps(int seed)
    {
        long[] indexes = Drawn(seed, 300);
        foreach (long first in new[] { 1, indexes[150], indexes[150] + 1, indexes[^1], indexes[^1] + 5000 })
        {
            long last = Math.Max(first + 10, indexes[^1]);
            var set = IndexSet.Of(indexes);
            set.ReplaceFrom(first, last);
            IEnumerable<long> row = Enumerable.Range(0, (int)(last - first) + 1).Select(i => first + i);
            long[] expected = [.. indexes.TakeWhile(index => index < first), .. row];

            Assert.Equal(expected, set);
            Assert.Equal(expected.Length, set.Count);
            Assert.Equal(expected[^1], set[expected.Length - 1]);
        }
    }
}
