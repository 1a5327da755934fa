using System.Globalization;
using Xunit;

namespace Cmq.MultiProtocol.Simulation.Tests;

/// <summary>The simulator is worth something if it repeats itself and finds what is wrong.</summary>
public sealed class SimulatorTests
{
    /// <summary>Seeds within which a planted bug is found, a count.</summary>
    private const string SeedsForPlant = "200";

    public static TheoryData<string> Plants =>
    [
        "acknowledge-before-disk",
        "count-self-early",
        "forget-vote",
        "forget-last-entry",
        "forget-live-entry",
        "forget-moved-entry",
        "vote-twice",
        "claim-newer-log",
        "commit-too-early",
        "apply-out-of-order",
        "renumber-repeat",
        "drop-returned",
        "take-late-delivery",
        "honour-stale-receipt",
        "drop-rejected",
        "deliver-early",
        "deliver-expired",
        "expire-early",
        "lose-dead-letter",
        "dead-letter-twice",
        "rewind-too-far",
        "rewind-too-little",
        "honour-stale-epoch",
        "misname-subscription",
        "reuse-an-offset",
        "hide-newest",
        "honour-stale-lock",
        "reuse-a-token",
        "offset-goes-back",
        "return-without-disk",
        "ignore-damage",
        "delete-snapshot-first",
        "accept-earlier-incarnation",
        "accept-earlier-sequence",
        "cut-what-matches",
        "follow-late-leader",
        "seal-in-one-write",
    ];

    [Theory, MemberData(nameof(Plants))]
    public async Task A_planted_bug_is_found_and_one_line_replays_it(string plant)
    {
        SimulationRun found = await SimulationRun.OfAsync("--seeds", SeedsForPlant, "--plant", plant);

        Assert.True(found.ExitCode == 1, found.Output);
        string replay = Assert.Single(found.Output.Split('\n'), line => line.StartsWith("replay: ", StringComparison.Ordinal));
        string[] arguments = replay.Split(" -- ")[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        SimulationRun again = await SimulationRun.OfAsync(arguments);
        Assert.Equal((1, found.Trace), (again.ExitCode, again.Trace));
    }

    [Theory, InlineData("1"), InlineData("10"), InlineData("49")]
    public async Task A_seed_is_the_same_world_in_every_process_and_another_one_is_another(string seed)
    {
        SimulationRun one = await SimulationRun.OfAsync("--seed", seed);
        SimulationRun two = await SimulationRun.OfAsync("--seed", seed);
        SimulationRun other = await SimulationRun.OfAsync("--seed", seed + "000");

        Assert.True(one.ExitCode == 0, one.Output);
        Assert.NotEmpty(one.Trace);
        Assert.Equal(one.Trace, two.Trace);
        Assert.NotEqual(one.Trace, other.Trace);
    }

    [Fact]
    public async Task What_once_failed_does_not_fail_again()
    {
        SimulationRun run = await SimulationRun.OfAsync(
            "--corpus", Path.Combine(AppContext.BaseDirectory, "corpus.txt"), "--go-on");

        Assert.True(run.ExitCode == 0, run.Output);
    }

    /// <summary>As many worlds as fit into <c>CMQ_SIMULATION_SECONDS</c> (120), other ones in every run.</summary>
    [Fact]
    public async Task Fresh_seeds_find_nothing()
    {
        string seconds = Environment.GetEnvironmentVariable("CMQ_SIMULATION_SECONDS") ?? "120";
        long from = DateTimeOffset.UtcNow.ToUnixTimeSeconds() * 1_000;

        SimulationRun run = await SimulationRun.OfAsync(
            "--seconds", seconds, "--from", from.ToString(CultureInfo.InvariantCulture));

        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Theory]
    [InlineData("--seeds")]
    [InlineData("--seeds", "many")]
    [InlineData("--sead", "1")]
    [InlineData("--trace")]
    [InlineData("--seed", "1", "--plant", "no-such-plant")]
    public async Task What_is_not_understood_is_refused(params string[] arguments)
    {
        SimulationRun run = await SimulationRun.OfAsync(arguments);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--seconds", run.Output, StringComparison.Ordinal);
    }
}
