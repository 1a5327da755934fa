using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Looks again and again where partitions end and where the group goes on: a leader that has lost its office says
/// what was, for as long as it has not heard of that, and somebody must ask it then.</summary>
internal sealed class Watcher(World world, string name) : Client(world, name)
{
    protected override async Task WorkAsync(ClientSession session)
    {
        while (!IsLeaving)
        {
            await session.PauseAsync(Dice.Exponential(40_000)).ConfigureAwait(false);
            await session.ReachAsync().ConfigureAwait(false);
            if (World.Partitions.Count == 0)
                continue;
            TestPartition partition = Dice.Pick(World.Partitions);
            switch (Dice.Next(3))
            {
                case 0:
                    await MeasureAsync(session, partition).ConfigureAwait(false);
                    break;
                case 1:
                    await ReadLastAsync(session, partition).ConfigureAwait(false);
                    break;
                default:
                    await GroupMemberClient.FetchAsync(World, session, partition).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async Task MeasureAsync(ClientSession session, TestPartition partition)
    {
        long end = partition.End;
        (Reply reply, PartitionBounds bounds) = await Within(session, session.Connection.Partitions.GetBoundsAsync(
            partition.Id, session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "measures", partition.Id.Value, (long)reply, bounds.MaxOffset);
        if (reply == Reply.Ok)
            partition.CheckBounds(bounds.MinOffset, bounds.MaxOffset, end);
    }

    private async Task ReadLastAsync(ClientSession session, TestPartition partition)
    {
        long end = partition.End;
        var query = new PartitionQuery(Math.Max(0, end - 1), 1, int.MaxValue, null, WaitMs: 0);
        (Reply reply, PartitionRead? read) = await Within(session, session.Connection.Partitions.ReadAsync(
            partition.Id, query, session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "reads last", partition.Id.Value, (long)reply, query.Offset);
        if (reply == Reply.Ok)
            partition.CheckRead(read!, query, end);
    }
}
