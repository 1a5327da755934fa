using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Rewinds queues by some seconds, now and then.</summary>
internal sealed class Rewinder(World world, string name) : Client(world, name)
{
    private const long MaxBackMs = 8_000;

    protected override async Task WorkAsync(ClientSession session)
    {
        for (int rounds = Dice.Next(10); rounds > 0 && !IsLeaving; rounds--)
        {
            await session.PauseAsync(Dice.Exponential(2_000_000)).ConfigureAwait(false);
            if (World.PickQueue(Dice, toPublish: true) is not { Id: { } id, Settings.RewindMs: > 0 } queue)
                continue;
            await session.ReachAsync().ConfigureAwait(false);
            long fromMs = World.LogTimes.Latest(queue.Group) - Dice.Between(0, MaxBackMs);
            IReadOnlyList<TestMessage> mustReturn = World.Ledger.BeginRewind(queue, fromMs);
            Reply reply = await Within(session, session.Connection.RewindAsync(id, fromMs, session.Lost))
                .ConfigureAwait(false);
            if (reply == Reply.Ok)
                World.Ledger.Rewind(queue, fromMs, mustReturn);
        }
    }
}
