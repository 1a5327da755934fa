using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Makes the topic with partitions, once.</summary>
internal sealed class Founder(World world, string name) : Client(world, name)
{
    public const string Topic = "partitioned";
    private const int MaxPerGroup = 2;

    protected override async Task WorkAsync(ClientSession session)
    {
        await session.PauseAsync(100_000).ConfigureAwait(false);
        await session.ReachAsync().ConfigureAwait(false);
        (Reply reply, TopicInfo? topic) = await Within(session, session.Connection.DeclareTopicAsync(
            new TopicDeclaration(Topic, TopicKind.Direct, Durable: true, AutoDelete: false, Internal: false, default),
            session.Lost)).ConfigureAwait(false);
        if (reply is not (Reply.Ok or Reply.AlreadyExists))
            return;
        for (int group = 1; group <= World.Character.Options.DataGroups; group++)
        {
            Reply grown = await Within(session, session.Connection.Partitions.GrowAsync(
                topic!.Id, new GroupId(group), Dice.Next(MaxPerGroup) + 1, new QueueSettings(), session.Lost))
                .ConfigureAwait(false);
            if (grown != Reply.Ok)
                return;
        }

        World.Partitions = [.. session.Connection.Partitions.List(topic!.Id)
            .Select(one => new TestPartition(World.Verdict, one))];
        Leave();
    }
}
