using System.Diagnostics;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Which clients are where.</content>
public sealed partial class BrokerNode
{
    internal PresenceDesk Presence { get; }

    internal ILogger Log => _log;

    public void WatchLost(ILostClients watcher) => Presence.Watcher = watcher;

    private void ReceivePresence(NodeId from, PeerKind kind, ReadOnlyMemory<byte> payload)
    {
        switch (kind)
        {
            case PeerKind.Presence:
                Presence.Receive(from, payload);
                break;
            case PeerKind.PresenceTaken:
                Presence.ReceiveTaken(from, payload);
                break;
            case PeerKind.LostAsked:
                Presence.ReceiveLostAsked(from, payload);
                break;
            case PeerKind.LostTold:
                Presence.ReceiveLostTold(from, payload);
                break;
            case PeerKind.EarlierAsked:
                Presence.ReceiveEarlierAsked(from, payload);
                break;
            case PeerKind.EarlierTold:
                Presence.ReceiveEarlierTold(from, payload);
                break;
            default:
                throw new UnreachableException();
        }
    }
}
