using Cmq.MultiProtocol.Interop.Durability.Chaos;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>The short form of interop-tests/Chaos.</summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Faults_of_every_kind_under_load_and_nothing_acknowledged_is_lost()
    {
        var options = new ChaosOptions { Rounds = 15, CheckEvery = 8, Seed = 3, LongestFault = TimeSpan.FromSeconds(4) };
        await new ChaosRun(options, output.WriteLine).RunAsync();
    }
}
