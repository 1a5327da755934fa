using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Declares queues so that there are always some, and deletes one now and then.</summary>
internal sealed class Steward(World world, string name, int wanted) : Client(world, name)
{
    protected override async Task WorkAsync(ClientSession session)
    {
        while (!IsLeaving)
        {
            await session.PauseAsync(Dice.Exponential(300_000)).ConfigureAwait(false);
            await session.ReachAsync().ConfigureAwait(false);
            List<TestQueue> live = [.. World.Ledger.Queues.Where(queue => queue.IsDeclared && !queue.IsDeleting)];
            if (live.Count < wanted)
                await DeclareAsync(session, World.Ledger.NewQueue()).ConfigureAwait(false);
            else if (Dice.Chance(0.05))
                await DeleteAsync(session, Dice.Pick(live)).ConfigureAwait(false);
        }
    }

    private async Task DeclareAsync(ClientSession session, TestQueue queue)
    {
        var settings = new QueueSettings { VisibilityTimeoutMs = (int)Dice.Between(1_000, 4_000) };
        (Reply reply, QueueInfo? info) = await Within(session, session.Connection.DeclareQueueAsync(
            new QueueDeclaration(queue.Name, Durable: true, AutoDelete: false, Exclusive: false, settings, default),
            session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "declared", (long)reply, info?.Id.Value ?? 0);
        if (reply is not (Reply.Ok or Reply.AlreadyExists))
            return;
        (queue.Id, queue.Group) = (info!.Id, info.Group);
        queue.IsDeclared = true;
    }

    private async Task DeleteAsync(ClientSession session, TestQueue queue)
    {
        queue.IsDeleting = true;
        (Reply reply, _) = await Within(session, session.Connection.DeleteQueueAsync(
            queue.Id!.Value, ifUnused: false, ifEmpty: false, session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "deleted", (long)reply, queue.Id.Value.Value);
    }
}
