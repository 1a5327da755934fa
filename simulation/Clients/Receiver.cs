using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Takes messages by strict check-out: settles them by their receipts, or lets the deadline pass.</summary>
internal sealed class Receiver(World world, string name) : Client(world, name)
{
    private const int MaxMessages = 8;

    protected override async Task WorkAsync(ClientSession session)
    {
        for (int rounds = Dice.Next(100); rounds > 0 && !IsLeaving; rounds--)
        {
            await session.PauseAsync(Dice.Exponential(100_000)).ConfigureAwait(false);
            if (World.PickQueue(Dice) is not { Id: { } id } queue)
                continue;
            await session.ReachAsync().ConfigureAwait(false);
            (Reply reply, IReadOnlyList<Delivery> deliveries) = await Within(session, session.Connection.ReceiveAsync(
                id, Dice.Next(MaxMessages) + 1, (int)Dice.Between(0, 1_000), session.Lost)).ConfigureAwait(false);
            if (reply != Reply.Ok)
                continue;
            List<(TestMessage Message, long Receipt)> taken = [];
            foreach (Delivery delivery in deliveries)
            {
                if (World.Take(session, queue, delivery) is { } message && !Dice.Chance(0.1))
                    taken.Add((message, delivery.Receipt));
            }

            if (taken.Count > 0)
                await SettleAsync(session, queue, id, taken).ConfigureAwait(false);
        }
    }

    private async Task SettleAsync(
        ClientSession session, TestQueue queue, QueueId id, List<(TestMessage Message, long Receipt)> taken)
    {
        // Now and then its time is over before it is done.
        await session.PauseAsync(Dice.Chance(0.05) ? Dice.Between(1_000_000, 5_000_000) : Dice.Exponential(50_000))
            .ConfigureAwait(false);
        await session.ReachAsync().ConfigureAwait(false);
        long sinceUs = World.Agenda.NowUs;
        foreach ((TestMessage message, _) in taken)
            message.TrySettle();
        (Reply reply, IReadOnlyList<Reply> each) = await Within(session, session.Connection.SettleReceiptsAsync(
            id, [.. taken.Select(one => one.Receipt)], session.Lost)).ConfigureAwait(false);
        for (int i = 0; reply == Reply.Ok && i < taken.Count; i++)
        {
            if (each[i] == Reply.Ok && !queue.IsDeleting)
                World.Ledger.SettledByReceipt(taken[i].Message, taken[i].Receipt, sinceUs);
        }
    }
}
