using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Reads all partitions from their beginning when the faults are over.</summary>
internal sealed class Auditor(World world, string name) : Client(world, name)
{
    private const int MaxMessages = 500;

    protected override async Task WorkAsync(ClientSession session)
    {
        await session.PauseAsync(100_000).ConfigureAwait(false);
        foreach (TestPartition partition in World.Partitions)
        {
            long offset = 0;
            do
            {
                var query = new PartitionQuery(offset, MaxMessages, int.MaxValue, null, WaitMs: 0);
                long end = partition.End;
                (Reply reply, PartitionRead? read) = await Within(session, session.Connection.Partitions.ReadAsync(
                    partition.Id, query, session.Lost)).ConfigureAwait(false);
                if (reply != Reply.Ok)
                    return;
                partition.CheckRead(read!, query, end);
                offset = read!.NextOffset;
            }
            while (offset < partition.End && World.Verdict.IsGood);
            partition.CheckComplete();
        }

        Leave();
    }
}
