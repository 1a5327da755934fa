using System.Diagnostics;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Who listens to what in memory.</content>
public sealed partial class BrokerNode
{
    /// <summary>Filters that this node's connections listen by in memory, a count.</summary>
    public int FilterCount => Subscriptions.FilterCount;

    /// <summary>Messages that did not go to listeners on other nodes because too much was on its way there
    /// (<see cref="Broker.LimitOptions.ForwardBytes"/>) or the way was broken; a count since the start.</summary>
    public long ForwardsDropped => Subscriptions.Dropped;

    internal SubscriptionDesk Subscriptions { get; }

    private void ReceiveSubscriptions(NodeId from, PeerKind kind, ReadOnlyMemory<byte> payload)
    {
        switch (kind)
        {
            case PeerKind.Filters:
                Subscriptions.ReceiveFilters(from, payload);
                break;
            case PeerKind.FiltersTaken:
                Subscriptions.ReceiveTaken(from, payload);
                break;
            case PeerKind.Heard:
                Subscriptions.ReceiveHeard(payload);
                break;
            case PeerKind.HeardMark:
                Subscriptions.ReceiveMark(from, payload);
                break;
            case PeerKind.HeardTaken:
                Subscriptions.ReceiveHeardTaken(from, payload);
                break;
            default:
                throw new UnreachableException();
        }
    }
}
