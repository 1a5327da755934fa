using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>A connection that this node dialled. It reads into its own buffer when it is asked to, and has written when a
/// flush is done: Kestrel's connections would receive 4 KiB at a time.</summary>
internal sealed class DialledConnection : ConnectionContext, IDuplexPipe
{
    /// <summary>Read with one call at most. There are few of these connections, and they are busy: a buffer each costs
    /// less than a call before each read that says whether there is something.</summary>
    private const int BufferBytes = 64 * 1024;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    /// <param name="socket">Connected; from now on this connection's.</param>
    public DialledConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));
        Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: BufferBytes, leaveOpen: true));
        Transport = this;
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; } = "";

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    /// <summary>Reads that wait end, and writes fail. Thread-safe.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        try
        {
            // Not closed: the socket's number could be another's before the loops have heard of it.
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // It is broken or closed: whoever reads or writes hears that, too.
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
