namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Free space of the nodes' disks.</content>
public sealed partial class BrokerNode
{
    private static readonly TimeSpan LookAtSpaceEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>When space is low: the others hear of it from here, and it may go fast.</summary>
    private static readonly TimeSpan LookAtLowSpaceEvery = TimeSpan.FromMilliseconds(25);

    private readonly SpaceWatch _space;

    /// <summary>A member's disk is short of space: new messages are held back or refused. Any thread.</summary>
    public bool HoldsPublishers => _space.HoldsPublishers;

    private async Task WatchSpaceAsync(CancellationToken cancellation)
    {
        try
        {
            long told = Time.GetTimestamp();
            while (true)
            {
                bool isNews = _space.Measure();
                // Again and again: a message to a peer may be lost with its connection.
                if (isNews || Time.GetElapsedTime(told) >= RenewEvery)
                {
                    told = Time.GetTimestamp();
                    foreach (NodeId peer in _members)
                        TellSpace(peer);
                }

                await Task.Delay(_store.IsShort ? LookAtLowSpaceEvery : LookAtSpaceEvery, Time, cancellation)
                    .ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private void TellSpace(NodeId peer)
    {
        // What a node without a record says is not heard, and would look as if it had joined.
        if (_record is null)
            return;
        byte[] isShort = [_space.IsShort ? (byte)1 : (byte)0];
        SendPeer(peer, PeerLane.Control, new PeerMessage((byte)PeerKind.Space, GroupId.Directory, isShort));
    }
}
