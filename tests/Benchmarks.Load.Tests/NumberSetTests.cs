using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Tests;

public sealed class NumberSetTests
{
    [Fact]
    public void A_number_is_new_once()
    {
        var set = new NumberSet();

        Assert.True(set.Add(1_000_000));
        Assert.False(set.Add(1_000_000));
        Assert.True(set.Add(1_000_001));
        Assert.Equal(2, set.Count);
    }

    [Fact]
    public void What_another_set_lacks_is_counted_also_beyond_its_end()
    {
        var set = new NumberSet();
        var other = new NumberSet();
        foreach (long number in (long[])[0, 63, 64, 8_191, 8_192, 100_000])
            set.Add(number);
        other.Add(64);
        other.Add(5);

        Assert.Equal(5, set.MissingFrom(other));
        Assert.Equal(1, other.MissingFrom(set));
    }

    [Fact]
    public async Task Threads_that_add_the_same_numbers_find_each_new_once()
    {
        const int Numbers = 200_000;
        var set = new NumberSet();
        int[] found = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Enumerable.Range(0, Numbers).Count(number => set.Add(number)))));

        Assert.Equal(Numbers, found.Sum());
        Assert.Equal(Numbers, set.Count);
    }
}
