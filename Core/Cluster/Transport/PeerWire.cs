using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>One TCP connection to a peer, dialled or accepted, plain or under TLS, and the frames of the
/// handshake on it. Reading is one caller's, writing one other's.</summary>
internal sealed class PeerWire : IAsyncDisposable
{
    private readonly ConnectionContext _connection;
    private readonly SslStream? _tls;
    private readonly bool _dialled;

    private PeerWire(ConnectionContext connection, SslStream? tls, bool dialled)
    {
        _connection = connection;
        _tls = tls;
        _dialled = dialled;
        Input = tls is null
            ? connection.Transport.Input
            : PipeReader.Create(tls, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true));
        Output = tls is null
            ? connection.Transport.Output
            : PipeWriter.Create(
                tls, new StreamPipeWriterOptions(minimumBufferSize: 1 << 16, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Secures an accepted connection.</summary>
    /// <exception cref="PeerProtocolException">Plain, and not from loopback to loopback.</exception>
    public static async Task<PeerWire> AcceptAsync(
        ConnectionContext connection, ClusterIdentity? identity, CancellationToken cancellationToken)
    {
        if (connection.Features.Get<IConnectionSocketFeature>() is { } feature)
            feature.Socket.NoDelay = true;
        if (identity is null)
            return Plain(connection, dialled: false);
        SslStream tls = await SecureAsync(
            connection,
            stream => stream.AuthenticateAsServerAsync(identity.ServerOptions(), cancellationToken))
            .ConfigureAwait(false);
        return new PeerWire(connection, tls, dialled: false);
    }

    /// <summary>Secures a dialled connection.</summary>
    /// <exception cref="PeerProtocolException">Plain, and not from loopback to loopback.</exception>
    public static async Task<PeerWire> OpenAsync(
        ConnectionContext connection, NodeId peer, ClusterIdentity? identity,
        CancellationToken cancellationToken)
    {
        if (identity is null)
            return Plain(connection, dialled: true);
        SslStream tls = await SecureAsync(
            connection,
            stream => stream.AuthenticateAsClientAsync(identity.ClientOptions(peer), cancellationToken))
            .ConfigureAwait(false);
        return new PeerWire(connection, tls, dialled: true);
    }

    /// <summary>The certificate, if there is one, must be of the node that the hello names.</summary>
    /// <exception cref="PeerProtocolException">It is another node's.</exception>
    public void CheckNode(NodeId node)
    {
        if (_tls is null)
            return;
        string? subject = _tls.RemoteCertificate?.Subject;
        if (subject != $"CN={ClusterIdentity.NameOf(node)}")
            throw new PeerProtocolException($"the hello of node {node} comes with the certificate {subject}");
    }

    /// <exception cref="PeerProtocolException">Malformed, too large, of another type, or a
    /// refusal.</exception>
    public async Task<byte[]> ReadAsync(FrameType expected, int maxBytes, CancellationToken cancellationToken)
    {
        FrameHeader? header = null;
        while (true)
        {
            ReadResult read = await Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            if (header is null && FrameHeader.TryRead(ref buffer, maxBytes, out FrameHeader first))
                header = first;
            if (header is { } found && buffer.Length >= found.PayloadBytes)
            {
                ReadOnlySequence<byte> body = buffer.Slice(0, found.PayloadBytes);
                byte[] payload = body.ToArray();
                // Nothing beyond the frame counts as examined: what follows it may have arrived with it.
                Input.AdvanceTo(body.End);
                found.Verify(payload);
                if (found.Type == FrameType.Refuse)
                    throw new PeerRefusedException(payload);
                if (found.Type != expected)
                    throw new PeerProtocolException($"{found.Type} where {expected} was due");
                return payload;
            }

            Input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                throw new PeerProtocolException($"closed where {expected} was due");
        }
    }

    public async Task WriteAsync(
        FrameType type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        FrameHeader.Write(Output.GetSpan(FrameHeader.Bytes), type, 0, GroupId.Directory, payload.Span);
        Output.Advance(FrameHeader.Bytes);
        await Output.WriteAsync(payload, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends what is being read and written, at once. Thread-safe.</summary>
    public void Abort(string why) => _connection.Abort(new ConnectionAbortedException(why));

    /// <summary>Closes after what was written; only when nobody reads or writes any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_tls is not null)
        {
            await Input.CompleteAsync().ConfigureAwait(false);
            // With an exception, because it would else write what a broken session left behind.
            await Output.CompleteAsync(new ConnectionAbortedException()).ConfigureAwait(false);
            await _tls.DisposeAsync().ConfigureAwait(false);
        }

        await _connection.Transport.Input.CompleteAsync().ConfigureAwait(false);
        // As with TLS: a dialled connection has written what was flushed, and would now write what was not.
        await _connection.Transport.Output.CompleteAsync(_dialled ? new ConnectionAbortedException() : null)
            .ConfigureAwait(false);
        // An accepted one is closed by the listener that accepted it.
        if (_dialled)
            await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<SslStream> SecureAsync(
        ConnectionContext connection, Func<SslStream, Task> authenticate)
    {
        var tls = new SslStream(new DuplexPipeStream(connection.Transport));
        try
        {
            await authenticate(tls).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static PeerWire Plain(ConnectionContext connection, bool dialled)
    {
        if (!Loopback.Is(connection.LocalEndPoint) || !Loopback.Is(connection.RemoteEndPoint))
        {
            throw new PeerProtocolException(
                $"{connection.RemoteEndPoint} to {connection.LocalEndPoint} is not loopback: "
                + "set Cluster:Secret");
        }

        return new PeerWire(connection, tls: null, dialled);
    }
}
