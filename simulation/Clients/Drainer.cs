using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Empties every queue when the faults are over.</summary>
internal sealed class Drainer(World world, string name) : Client(world, name)
{
    private const int Credit = 200;

    /// <summary>A message that dies moves from queue to queue, at most so often: each look finds it in one of them, or
    /// between two.</summary>
    private const int MaxMoves = 3;

    /// <summary>Every queue that was promised is there, and empty.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What is still in the way.</summary>
    public string Waiting { get; private set; } = "it has not begun";

    protected override async Task WorkAsync(ClientSession session)
    {
        Dictionary<int, (TestQueue Queue, QueueId Id)> consumers = [];
        session.OnDelivered = delivery =>
        {
            (TestQueue queue, QueueId id) = consumers[delivery.Consumer];
            if (World.Take(session, queue, delivery) is not { } message)
                return;
            // Not within the node's own call.
            World.Agenda.After(Dice.Between(10, 1_000), () => session.Node.Run(session.NodeLife, () =>
            {
                message.TrySettle();
                session.Connection.Settle(id, [delivery.Sequence], SettleOutcome.Done);
                session.Connection.AddCredit(delivery.Consumer, 1);
            }));
        };
        List<TestQueue> queues = [.. World.Ledger.Queues.Where(queue => queue.IsDeclared && !queue.IsDeleting)];
        foreach (TestQueue queue in queues)
            await AttachAsync(session, queue, consumers).ConfigureAwait(false);
        int rounds = 0;
        while (!IsLeaving && World.Verdict.IsGood)
        {
            await session.PauseAsync(200_000).ConfigureAwait(false);
            bool isEmpty = consumers.Count == queues.Count;
            foreach ((TestQueue queue, QueueId id) in consumers.Values)
                isEmpty &= await IsEmptyAsync(session, queue, id).ConfigureAwait(false);
            if (isEmpty && (isEmpty = !World.IsAnythingMoving()) is false)
                Waiting = "messages are on their way from one queue to another";
            rounds = isEmpty ? rounds + 1 : 0;
            IsDone = rounds == MaxMoves;
            if (IsDone)
                return;
        }
    }

    private async Task AttachAsync(
        ClientSession session, TestQueue queue, Dictionary<int, (TestQueue Queue, QueueId Id)> consumers)
    {
        Waiting = $"{queue.Name} is not to be found";
        QueueInfo? info;
        while ((info = session.Connection.FindQueue(queue.Name)) is null)
            await session.PauseAsync(100_000).ConfigureAwait(false);
        World.Verdict.Check(info.Id == queue.Id, $"{queue.Name} was {queue.Id}, and is {info.Id}");
        Waiting = $"{queue.Name} cannot be consumed";
        int consumer = consumers.Count + 1;
        consumers.Add(consumer, (queue, info.Id));
        Reply reply = await Within(session, session.Connection.AttachAsync(
            info.Id, consumer, new ConsumerOptions(0, Exclusive: false, AutoSettle: false, Credit), session.Lost))
            .ConfigureAwait(false);
        World.Verdict.Check(reply is Reply.Ok or Reply.TimedOut, $"attaching to {queue.Name} was answered {reply}");
        if (reply != Reply.Ok)
            session.Lose();
    }

    private async Task<bool> IsEmptyAsync(ClientSession session, TestQueue queue, QueueId id)
    {
        (Reply reply, QueueStatus status) = await Within(
            session, session.Connection.GetStatusAsync(id, touch: false, session.Lost)).ConfigureAwait(false);
        bool isEmpty = reply == Reply.Ok && status is { Ready: 0, Held: 0, Delayed: 0 };
        if (!isEmpty)
            Waiting = $"{queue.Name}: {reply}, {status}";
        return isEmpty;
    }
}
