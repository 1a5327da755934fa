using Cmq.MultiProtocol.Interop.Durability.Workload;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "It does not lose", one node: SIGKILL under load from both doors.</summary>
public sealed class OneNodeKillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_node_killed_four_times_under_load_loses_and_invents_nothing()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        await using LoadRun load = await LoadRun.StartAsync([broker], publishers: 3, cmq: true, "k-a", "k-b", "k-c");

        for (int round = 0; round < 4; round++)
        {
            await load.ConfirmAsync(600);
            await broker.KillAsync();
            await broker.RestartAsync();
        }

        await load.ConfirmAsync(300);
        await load.FinishAsync();

        // What was settled stays settled on the disk, too.
        await broker.KillAsync();
        await broker.RestartAsync();
        Assert.True(await load.IsEmptyAsync());
        output.WriteLine(load.Progress());
    }
}
