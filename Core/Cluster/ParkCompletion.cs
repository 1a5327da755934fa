using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A publication is parked, or refused: it has a position instead of a number in a queue.</summary>
internal sealed class ParkCompletion(BrokerConnection connection) : ILaneCompletion
{
    public void Completed(ulong tag, int bytes, Answer answer)
    {
        connection.Release(bytes);
        connection.Sink.Published(
            tag, new PublishOutcome(answer.Reply, -1, answer.Reply == Reply.Ok ? answer.Value : -1));
    }

    public void Flush() => connection.Sink.Flush();
}
