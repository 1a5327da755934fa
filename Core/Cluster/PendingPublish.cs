using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// A publish that more than one group must answer: confirmed when all have. Any refusal counts over a success, a
/// success over a target that is gone (DESIGN section 3, Lanes).
/// </summary>
internal sealed class PendingPublish(BrokerConnection connection, ulong tag, int groups) : ILaneCompletion
{
    private readonly Lock _gate = new();
    private int _open = groups;
    private Answer _outcome = new(Reply.Gone, 0);

    public void Completed(ulong ignored, int bytes, Answer answer)
    {
        connection.Release(bytes);
        lock (_gate)
        {
            if (Weight(answer.Reply) > Weight(_outcome.Reply))
                _outcome = answer;
            if (--_open > 0)
                return;
        }

        connection.Sink.Published(tag, new PublishOutcome(_outcome.Reply, _outcome.Value));
    }

    public void Flush() => connection.Sink.Flush();

    private static int Weight(Reply reply) => reply switch
    {
        Reply.Gone => 0,
        Reply.Ok => 1,
        _ => 2,
    };
}
