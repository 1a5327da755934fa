using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Publishes to queues by their names, in bursts, and looks at the confirms.</summary>
internal sealed class Publisher(World world, string name, long meanPauseUs) : Client(world, name)
{
    private const int MaxBurst = 12;
    private const int MaxUnconfirmed = 200;
    private const long MaxTtlMs = 36_000_000;

    protected override async Task WorkAsync(ClientSession session)
    {
        Dictionary<ulong, TestMessage> unconfirmed = [];
        session.OnPublished = (tag, outcome) =>
        {
            if (unconfirmed.Remove(tag, out TestMessage? message))
                World.Ledger.Answered(message, outcome);
            else
                World.Verdict.Fail($"publish {tag} of session {session.Number} is answered twice");
        };
        ulong tag = 0;
        while (!IsLeaving)
        {
            await session.PauseAsync(Dice.Exponential(meanPauseUs)).ConfigureAwait(false);
            await session.ReachAsync().ConfigureAwait(false);
            if (unconfirmed.Count >= MaxUnconfirmed || World.PickQueue(Dice, toPublish: true) is not { } queue)
                continue;
            await session.Connection.WaitForRoomAsync(session.Lost).ConfigureAwait(false);
            for (int i = Dice.Next(MaxBurst); i >= 0; i--)
            {
                TestMessage message = World.Ledger.NewMessage(queue, session.Number, DrawDelayMs(), DrawTtlMs());
                unconfirmed.Add(++tag, message);
                PublishAdmission admission = Publish(session, message, tag);
                if (admission == PublishAdmission.Accepted)
                    continue;
                unconfirmed.Remove(tag);
                message.IsRefused = true;
            }
        }

        // Who leaves waits for what it is owed, as long as the connection lasts.
        for (int i = 0; unconfirmed.Count > 0 && i < 600; i++)
            await session.PauseAsync(100_000).ConfigureAwait(false);
    }

    private PublishAdmission Publish(ClientSession session, TestMessage message, ulong tag) =>
        session.Connection.Publish(
            new Publication
            {
                Topic = session.Connection.FindTopic("")!,
                RoutingKey = message.Queue.Name,
                Format = PropertyFormat.None,
                Properties = default,
                Body = new ReadOnlySequence<byte>(Ledger.BodyOf(message, DrawBytes())),
                Persistent = true,
                DelayMs = message.DelayMs,
                TtlMs = message.TtlMs,
            },
            tag);

    private long DrawDelayMs() => World.Has(Uses.Delays) && Dice.Chance(0.15) ? Dice.Between(20, 6_000) : 0;

    /// <summary>Soon over, or not within the life of a world.</summary>
    private long? DrawTtlMs() => World.Has(Uses.Expiry) && Dice.Chance(0.2)
        ? Dice.Chance(0.7) ? Dice.Between(20, 4_000) : MaxTtlMs
        : null;

    /// <summary>Mostly small, now and then a few KiB, seldom so large that it goes in chunks.</summary>
    private int DrawBytes() => Dice.Next(200) switch
    {
        0 => (int)Dice.Between(256 * 1024, 400 * 1024),
        < 10 => (int)Dice.Between(1_000, 20_000),
        _ => (int)Dice.Between(8, 300),
    };
}
