using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// A publish that more than one group must answer: confirmed when all have. Any refusal counts over a success, a
/// success over a target that is gone (DESIGN section 3, Lanes).
/// </summary>
internal sealed class PendingPublish(BrokerConnection connection, ulong tag, int groups) : ILaneCompletion
{
    /// <summary>Tag of the command to the group of the first target, which is the partition if there is one.</summary>
    private const ulong First = 0;

    private readonly Lock _gate = new();
    private int _open = groups;
    private Answer _outcome = new(Reply.Gone, 0);
    private int _weight;

    public void Completed(ulong number, int bytes, Answer answer)
    {
        connection.Release(bytes);
        lock (_gate)
        {
            int weight = Weight(answer, number);
            if (weight > _weight)
                (_weight, _outcome) = (weight, answer);
            if (--_open > 0)
                return;
        }

        connection.Sink.Published(tag, new PublishOutcome(_outcome.Reply, _outcome.Value, _outcome.Position));
    }

    public void Flush() => connection.Sink.Flush();

    private static int Weight(Answer answer, ulong number) => answer.Reply switch
    {
        Reply.Gone => 0,
        Reply.Ok when number == First && answer.Position >= 0 => 2,
        Reply.Ok => 1,
        _ => 3,
    };
}
