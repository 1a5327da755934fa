using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Tests;

public sealed class HistogramTests
{
    [Fact]
    public void Percentiles_are_those_of_the_times_within_two_percent()
    {
        var histogram = new Histogram();
        for (int ms = 1; ms <= 10_000; ms++)
            histogram.Add(0, Ticks(ms));

        LatencyFigures figures = histogram.Figures()!;

        Assert.Equal(10_000, figures.Count);
        Assert.InRange(figures.P50, 5_000, 5_100);
        Assert.InRange(figures.P99, 9_900, 10_000);
        Assert.InRange(figures.P999, 9_990, 10_000);
        Assert.Equal(10_000, figures.Max, tolerance: 0.01);
        Assert.Equal(5_000.5, figures.Mean, tolerance: 0.01);
    }

    [Fact]
    public void One_slow_message_of_a_thousand_shows_in_the_maximum_and_not_before()
    {
        var histogram = new Histogram();
        for (int i = 0; i < 1_000; i++)
            histogram.Add(0, Ticks(i == 500 ? 1_000 : 1));

        LatencyFigures figures = histogram.Figures()!;

        Assert.InRange(figures.P999, 1, 1.02);
        Assert.Equal(1_000, figures.Max, tolerance: 0.01);
    }

    [Fact]
    public void Histograms_add_up()
    {
        var one = new Histogram();
        var other = new Histogram();
        one.Add(0, Ticks(1));
        other.Add(0, Ticks(3));
        one.Add(other);

        Assert.Equal(2, one.Figures()!.Count);
        Assert.Equal(2, one.Figures()!.Mean, tolerance: 0.01);
    }

    [Fact]
    public void Nothing_added_has_no_figures() => Assert.Null(new Histogram().Figures());

    [Fact]
    public void A_time_beyond_the_last_step_counts_as_the_slowest()
    {
        var histogram = new Histogram();
        histogram.Add(0, Ticks(100_000_000));

        Assert.Equal(1e8, histogram.Figures()!.Max, tolerance: 1);
    }

    private static long Ticks(long ms) => ms * Stopwatch.Frequency / 1000;
}
