using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>A transport with its listener and what it reported.</summary>
internal sealed class PeerNode : IAsyncDisposable
{
    public static readonly Guid Cluster = new("c1000000-0000-0000-0000-000000000001");
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly PeerListener _listener;

    private PeerNode(
        PeerListener listener, PeerTransport transport, RecordingHandler handler, RecordingLog log)
    {
        _listener = listener;
        Transport = transport;
        Handler = handler;
        Log = log;
    }

    public PeerTransport Transport { get; }

    public RecordingHandler Handler { get; }

    public RecordingLog Log { get; }

    public NodeId Id => Handler.Hello.Node;

    public int Port => _listener.Port;

    public PeerAddress Address => new(Id, "127.0.0.1", Port);

    public static PeerHello HelloOf(int id, long incarnation = 1) =>
        new(new NodeId(id), Cluster, new Guid(id, 0, 0, new byte[8]), incarnation, ProtocolVersion: 1);

    public static async Task<PeerNode> OpenAsync(
        int id,
        string? secret = null,
        TimeProvider? time = null,
        PeerHello? hello = null,
        Func<PeerTransportOptions, PeerTransportOptions>? change = null)
    {
        var handler = new RecordingHandler(hello ?? HelloOf(id));
        var log = new RecordingLog();
        var options = new PeerTransportOptions { Node = new NodeId(id), Secret = secret };
        var transport = new PeerTransport(
            change?.Invoke(options) ?? options, handler, time ?? TimeProvider.System, log);
        PeerListener listener = await PeerListener.StartAsync();
        listener.Handle = transport.HandleAsync;
        return new PeerNode(listener, transport, handler, log);
    }

    public void BreakOneConnection() => _listener.BreakOne();

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        await _listener.DisposeAsync();
        Log.Dispose();
    }
}
