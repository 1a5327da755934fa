using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>One connection's door to parked messages.</summary>
internal sealed class ParkedMessages(NodeLife life, NamespaceId ns) : IParkedMessages
{
    public ValueTask<Reply> ShowAsync(long position, string owner, CancellationToken cancellation) =>
        EndAsync(position, owner, show: true, cancellation);

    public ValueTask<Reply> DropAsync(long position, string owner, CancellationToken cancellation) =>
        EndAsync(position, owner, show: false, cancellation);

    public async ValueTask<(Reply Reply, string? Topic)> FindTopicAsync(
        long position, string owner, CancellationToken cancellation)
    {
        GroupId group = Positions.GroupOf(position);
        if (!life.Node.IsDataGroup(group) || !EntityName.Fits(owner))
            return (Reply.Gone, null);
        var ask = new ParkedAsk(ns, OlderThanMs: 0, Most: 1, new ParkedName(position, owner));
        object? said = await life.AskAsync(group, ask.ToPart(), cancellation).ConfigureAwait(false);
        return said switch
        {
            PartSaid { Reply: Reply.Ok } found => (Reply.Ok, ParkedAsk.ReadTopic(found.Body)),
            PartSaid refused => (refused.Reply, null),
            _ => (Reply.TimedOut, null),
        };
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<ParkedMessage> Messages)> ListAsync(
        GroupId group, long olderThanMs, int most, CancellationToken cancellation)
    {
        if (!life.Node.IsDataGroup(group))
            return (Reply.NotAllowed, []);
        object? said = await life.AskAsync(group, new ParkedAsk(ns, olderThanMs, most).ToPart(), cancellation)
            .ConfigureAwait(false);
        return said switch
        {
            PartSaid { Reply: Reply.Ok } found => (Reply.Ok, ParkedAsk.ReadAnswer(found.Body)),
            PartSaid refused => (refused.Reply, []),
            _ => (Reply.TimedOut, []),
        };
    }

    private async ValueTask<Reply> EndAsync(
        long position, string owner, bool show, CancellationToken cancellation)
    {
        GroupId group = Positions.GroupOf(position);
        // Nobody has a longer name here.
        if (!life.Node.IsDataGroup(group) || !EntityName.Fits(owner))
            return Reply.Gone;
        var answer = new LaneAnswer();
        life.LaneTo(group).Enqueue(
            (ns, position, owner, show),
            static (state, output) =>
            {
                if (state.show)
                    ParkedCommands.Show(output, state.ns, state.position, state.owner);
                else
                    ParkedCommands.Drop(output, state.ns, state.position, state.owner);
            },
            answer,
            0);
        return (await answer.Task.WaitAsync(cancellation).ConfigureAwait(false)).Reply;
    }
}
