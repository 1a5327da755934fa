using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Consumes a queue eagerly: settles most of it, returns some, and goes away in the middle of it.</summary>
internal sealed class Consumer(World world, string name) : Client(world, name)
{
    private const int Number = 1;
    private const int Credit = 20;

    protected override async Task WorkAsync(ClientSession session)
    {
        if (World.PickQueue(Dice) is not { Id: { } id } queue)
        {
            await session.PauseAsync(200_000).ConfigureAwait(false);
            return;
        }

        Queue<(TestMessage Message, long Sequence)> held = [];
        bool isCancelled = false;
        session.OnCancelled = _ => isCancelled = true;
        session.OnDelivered = delivery =>
        {
            if (World.Take(session, queue, delivery) is { } message)
                held.Enqueue((message, delivery.Sequence));
        };
        await session.ReachAsync().ConfigureAwait(false);
        Reply attached = await Within(session, session.Connection.AttachAsync(
            id, Number, new ConsumerOptions(0, Exclusive: false, AutoSettle: false, Credit), session.Lost))
            .ConfigureAwait(false);
        if (attached != Reply.Ok)
            return;
        for (int rounds = Dice.Next(400); rounds > 0 && !isCancelled && !IsLeaving; rounds--)
        {
            await session.PauseAsync(Dice.Exponential(20_000)).ConfigureAwait(false);
            await session.ReachAsync().ConfigureAwait(false);
            await SettleAsync(session, queue, id, held).ConfigureAwait(false);
        }
    }

    private async Task SettleAsync(
        ClientSession session, TestQueue queue, QueueId id, Queue<(TestMessage Message, long Sequence)> held)
    {
        List<TestMessage> done = [];
        long sinceUs = World.Agenda.NowUs;
        int count = 0;
        for (int most = Dice.Next(Credit) + 1; most > 0 && held.TryDequeue(out (TestMessage, long) one); most--)
        {
            (TestMessage message, long sequence) = one;
            count++;
            if (Dice.Chance(0.08))
            {
                session.Connection.Settle(id, [sequence], SettleOutcome.Returned);
                continue;
            }

            if (Dice.Chance(0.04))
            {
                message.IsRejectTried = true;
                session.Connection.Settle(id, [sequence], SettleOutcome.Rejected);
                continue;
            }

            message.TrySettle();
            session.Connection.Settle(id, [sequence], SettleOutcome.Done);
            done.Add(message);
        }

        if (count == 0)
            return;
        session.Connection.AddCredit(Number, count);
        if (!Dice.Chance(0.3))
            return;
        // What is asked behind them is answered when they are applied.
        (Reply reply, _) = await Within(session, session.Connection.GetStatusAsync(id, touch: false, session.Lost))
            .ConfigureAwait(false);
        if (reply == Reply.Ok && !queue.IsDeleting)
            done.ForEach(message => World.Ledger.SettledForGood(message, sinceUs));
    }
}
