using System.Threading.Channels;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Takes down what a group sends to its peers.</summary>
internal sealed class RecordingLinks(NodeId self) : INodeLinks
{
    private readonly Channel<(NodeId To, PeerMessage Message)> _sent = Channel.CreateUnbounded<(NodeId, PeerMessage)>();
    private int _count;

    public NodeId Self { get; } = self;

    /// <summary>Messages sent so far, read or not.</summary>
    public int Count => Volatile.Read(ref _count);

    public Exception? Failure { get; private set; }

    /// <summary>The next message, waited for.</summary>
    public async Task<(NodeId To, PeerMessage Message)> NextAsync() =>
        await _sent.Reader.ReadAsync().AsTask().WaitAsync(TestNode.Patience);

    public bool SendPeer(NodeId to, PeerLane lane, in PeerMessage message)
    {
        Interlocked.Increment(ref _count);
        return _sent.Writer.TryWrite((to, message));
    }

    public void Fail(Exception reason)
    {
        Failure = reason;
        _sent.Writer.TryComplete(reason);
    }

    public void Answer(GroupId group, in BatchResult result)
    {
    }

    public bool SendBatch(GroupId target, Memory<byte> batch) => false;

    public void LeaderChanged(GroupId group, NodeId leader)
    {
    }
}
