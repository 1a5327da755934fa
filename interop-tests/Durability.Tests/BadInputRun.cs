using Cmq.MultiProtocol.Interop.Durability.Clients;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>One offence after the other against the real process, whose memory stays bounded, while well-behaved
/// clients go on on the connections that they had before.</summary>
internal static class BadInputRun
{
    private const long MostGrowthBytes = 200L * 1024 * 1024;

    /// <param name="broker">The real process.</param>
    /// <param name="offences">Each with its name; it throws when the broker did not answer as it must.</param>
    /// <param name="goOn">A round trip of the protocol's own well-behaved client.</param>
    /// <param name="output">Figures.</param>
    public static async Task RunAsync(
        BrokerProcess broker, IEnumerable<(string, Func<Task>)> offences, Func<Task> goOn, ITestOutputHelper output)
    {
        await using WellBehaved good = await WellBehaved.StartAsync(broker);
        await good.GoOnAsync();
        await goOn();
        long before = broker.ResidentBytes();
        long most = before;

        foreach ((string name, Func<Task> offence) in offences)
        {
            try
            {
                await offence();
            }
            catch (Exception failure)
            {
                Assert.Fail($"{name}: {failure}\n{broker.Output}");
            }

            Assert.True(broker.IsRunning, $"{name} ended the broker:\n{broker.Output}");
            most = Math.Max(most, broker.ResidentBytes());
            await good.GoOnAsync();
            await goOn();
        }

        output.WriteLine($"resident {before >> 20} MiB before, at most {most >> 20} MiB; {good.Count} round trips");
        Assert.True(most - before < MostGrowthBytes, $"grew from {before >> 20} to {most >> 20} MiB");
        // A peer's mistake is not an error of ours.
        Assert.DoesNotContain(broker.Output.Lines, line => line.Contains(" ERR ", StringComparison.Ordinal));
    }
}
