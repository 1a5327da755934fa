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
            if (live.Count(queue => !queue.TakesLetters) < wanted)
                await DeclareAsync(session, live).ConfigureAwait(false);
            else if (Dice.Chance(0.05))
                await DeleteAsync(session, Dice.Pick(live)).ConfigureAwait(false);
        }
    }

    private async Task DeclareAsync(ClientSession session, List<TestQueue> live)
    {
        TestQueue? target = null;
        if (World.Has(Uses.DeadLetters) && Dice.Chance(0.6))
        {
            List<TestQueue> targets = [.. live.Where(queue => queue.TakesLetters)];
            // Where letters die, too, is one step from where they end.
            target = targets.Count > 0 && Dice.Chance(0.6)
                ? Dice.Pick(targets)
                : await DeclareAsync(session, targets.Find(queue => queue.DeadLetters is null), takesLetters: true)
                    .ConfigureAwait(false);
        }

        await DeclareAsync(session, target, takesLetters: false).ConfigureAwait(false);
    }

    /// <returns>Null: it is not certain that there is one.</returns>
    private async Task<TestQueue?> DeclareAsync(ClientSession session, TestQueue? deadLetters, bool takesLetters)
    {
        TestQueue queue = World.Ledger.NewQueue(deadLetters, takesLetters);
        queue.Settings = DrawSettings(queue);
        (Reply reply, QueueInfo? info) = await Within(session, session.Connection.DeclareQueueAsync(
            new QueueDeclaration(
                queue.Name, Durable: true, AutoDelete: false, Exclusive: false, queue.Settings, default),
            session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "declared", (long)reply, info?.Id.Value ?? 0);
        if (reply is not (Reply.Ok or Reply.AlreadyExists))
            return null;
        (queue.Id, queue.Group) = (info!.Id, info.Group);
        queue.IsDeclared = true;
        return queue;
    }

    private QueueSettings DrawSettings(TestQueue queue)
    {
        var settings = new QueueSettings { VisibilityTimeoutMs = (int)Dice.Between(1_000, 4_000) };
        if (queue.DeadLetters is { } target)
        {
            settings = settings with
            {
                DeadLetter = new DeadLetterTarget("", target.Name),
                MaxDeliveries = Dice.Chance(0.5) ? (int)Dice.Between(1, 4) : null,
                MaxMessages = Dice.Chance(0.2) ? Dice.Between(5, 60) : null,
            };
        }
        else if (World.Has(Uses.Rewinds) && !queue.TakesLetters && Dice.Chance(0.6))
        {
            return settings with
            {
                RewindMs = Dice.Chance(0.7) ? TestQueue.SureRewindMs : Dice.Between(1_000, 10_000),
            };
        }

        // Letters that went without a trace would tell nothing.
        bool mayExpire = queue.DeadLetters is not null || !queue.TakesLetters;
        return mayExpire && World.Has(Uses.Expiry) && Dice.Chance(0.3)
            ? settings with { MessageTtlMs = Dice.Between(50, 5_000) }
            : settings;
    }

    private async Task DeleteAsync(ClientSession session, TestQueue queue)
    {
        queue.IsDeleting = true;
        (Reply reply, _) = await Within(session, session.Connection.DeleteQueueAsync(
            queue.Id!.Value, ifUnused: false, ifEmpty: false, session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "deleted", (long)reply, queue.Id.Value.Value);
    }
}
