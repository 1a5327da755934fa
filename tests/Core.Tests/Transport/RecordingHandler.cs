using System.Threading.Channels;
using Cmq.MultiProtocol.Core.Cluster;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>Keeps what a transport reports, in order, until a test asks for it.</summary>
internal sealed class RecordingHandler(PeerHello hello) : IPeerHandler
{
    /// <summary>Only ends a test that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private readonly Channel<(NodeId From, PeerLane Lane, PeerMessage Message)> _messages =
        Channel.CreateUnbounded<(NodeId, PeerLane, PeerMessage)>();

    private int _refusals;
    private readonly TaskCompletionSource _refusedThrice = new(
        TaskCreationOptions.RunContinuationsAsynchronously);

    public PeerHello Hello { get; set; } = hello;

    public Task RefusedThrice => _refusedThrice.Task.WaitAsync(Patience);

    public string? Refuse(PeerHello hello)
    {
        if (hello.ClusterId == Hello.ClusterId)
            return null;
        if (Interlocked.Increment(ref _refusals) == 3)
            _refusedThrice.SetResult();
        return "another cluster";
    }

    /// <summary>Called with each message.</summary>
    public Action OnReceived { get; set; } = () => { };

    public void Received(NodeId from, PeerLane lane, in PeerMessage message)
    {
        OnReceived();
        _messages.Writer.TryWrite((from, lane, message));
    }

    public void PeerConnected(PeerHello hello) =>
        _events.Writer.TryWrite($"connected {hello.Node} incarnation {hello.Incarnation}");

    public void PeerDisconnected(NodeId peer) => _events.Writer.TryWrite($"disconnected {peer}");

    public Task<string> NextEvent() => _events.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public bool HasNoEvent => !_events.Reader.TryPeek(out _);

    public Task<(NodeId From, PeerLane Lane, PeerMessage Message)> NextMessage() =>
        _messages.Reader.ReadAsync().AsTask().WaitAsync(Patience);
}
