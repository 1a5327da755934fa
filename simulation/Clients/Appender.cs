using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Publishes to partitions, in bursts, and looks at the confirms.</summary>
internal sealed class Appender(World world, string name) : Client(world, name)
{
    private const int MaxBurst = 8;
    private const int MaxUnconfirmed = 100;

    protected override async Task WorkAsync(ClientSession session)
    {
        Dictionary<ulong, (TestPartition Partition, AppendedMessage Message)> unconfirmed = [];
        session.OnPublished = (tag, outcome) =>
        {
            if (unconfirmed.Remove(tag, out (TestPartition Partition, AppendedMessage Message) one))
                one.Partition.Answered(one.Message, outcome);
            else
                World.Verdict.Fail($"publish {tag} of session {session.Number} is answered twice");
        };
        ulong tag = 0;
        while (!IsLeaving)
        {
            await session.PauseAsync(Dice.Exponential(150_000)).ConfigureAwait(false);
            await session.ReachAsync().ConfigureAwait(false);
            if (World.Partitions.Count == 0 || unconfirmed.Count >= MaxUnconfirmed
                || session.Connection.FindTopic(Founder.Topic) is not { } topic)
                continue;
            await session.Connection.WaitForRoomAsync(session.Lost).ConfigureAwait(false);
            TestPartition partition = Dice.Pick(World.Partitions);
            for (int i = Dice.Next(MaxBurst); i >= 0; i--)
            {
                AppendedMessage message = partition.Append(session.Number);
                unconfirmed.Add(++tag, (partition, message));
                if (Publish(session, topic, partition, message, tag) == PublishAdmission.Accepted)
                    continue;
                unconfirmed.Remove(tag);
                message.IsRefused = true;
            }
        }

        for (int i = 0; unconfirmed.Count > 0 && i < 600; i++)
            await session.PauseAsync(100_000).ConfigureAwait(false);
    }

    private static PublishAdmission Publish(
        ClientSession session, TopicInfo topic, TestPartition partition, AppendedMessage message, ulong tag) =>
        session.Connection.Publish(
            new Publication
            {
                Topic = topic,
                RoutingKey = "",
                Format = PropertyFormat.None,
                Properties = default,
                Body = new ReadOnlySequence<byte>(partition.BodyOf(message)),
                Persistent = true,
                Partition = partition.Id,
            },
            tag);
}
