using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>The accepting side: hello, answer, confirmation, and then a lane of a session.</summary>
/// <param name="linkTo">The link of a node; null: there are too many.</param>
internal sealed class PeerAcceptor(
    PeerTransportOptions options,
    ClusterIdentity? identity,
    IPeerHandler handler,
    Func<PeerHello, string?> refuse,
    Func<NodeId, PeerLink?> linkTo,
    TimeProvider time,
    ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, ConnectionContext> _running = new();
    private int _handshakes;
    private string? _reported;

    public async Task HandleAsync(ConnectionContext connection)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running.TryAdd(done.Task, connection);
        try
        {
            // Looked at after adding, so that Dispose either is seen here or waits.
            if (!_stopping.IsCancellationRequested)
                await AcceptAsync(connection).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            PeerTrace.InboundFailed(logger, $"{connection.RemoteEndPoint}", exception);
        }
        finally
        {
            _running.TryRemove(done.Task, out _);
            done.SetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running.Keys).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(ConnectionContext connection)
    {
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        PeerWire? wire = null;
        PeerLink? link = null;
        try
        {
            LaneHello hello;
            if (Interlocked.Increment(ref _handshakes) > options.MaxInboundHandshakes)
            {
                Interlocked.Decrement(ref _handshakes);
                throw new PeerProtocolException(
                    $"more than {options.MaxInboundHandshakes} handshakes at a time");
            }

            try
            {
                wire = await PeerWire.AcceptAsync(connection, identity, either.Token).ConfigureAwait(false);
                hello = await ReadHelloAsync(wire, either.Token).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _handshakes);
            }

            link = linkTo(hello.Peer.Node)
                ?? throw new PeerProtocolException($"more than {options.MaxPeers} nodes");
            Check(hello.Peer);
            // Without a session another lane failed, and has reported it.
            if (await JoinAsync(link, wire, hello, either.Token).ConfigureAwait(false) is { } run)
                await run.ConfigureAwait(false);
        }
        catch (Exception exception) when (PeerBreak.IsExpected(exception))
        {
            if (_stopping.IsCancellationRequested)
                return;
            string reason = timeout.IsCancellationRequested
                ? $"no handshake in {options.HandshakeTimeout.TotalSeconds} s"
                : exception.Message;
            Report(link, connection, reason);
            if (wire is not null && exception is PeerProtocolException)
                await RefuseAsync(wire, reason, either.Token).ConfigureAwait(false);
        }
        finally
        {
            if (wire is not null)
                await wire.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<LaneHello> ReadHelloAsync(PeerWire wire, CancellationToken cancellationToken)
    {
        byte[] bytes = await wire.ReadAsync(FrameType.Hello, LaneHello.MaxBytes, cancellationToken)
            .ConfigureAwait(false);
        LaneHello hello = LaneHello.Decode(bytes, handler.Hello.ProtocolVersion);
        wire.CheckNode(hello.Peer.Node);
        return hello;
    }

    private void Check(PeerHello peer)
    {
        if (refuse(peer) is { } reason)
            throw new PeerProtocolException(reason);
        // One side dials, or two sessions would end each other for ever.
        if (peer.Node.Value < options.Node.Value)
        {
            throw new PeerProtocolException(
                $"node {peer.Node} must be dialled by node {options.Node}, the higher one");
        }
    }

    /// <summary>Answers the hello and waits for the other lanes.</summary>
    /// <returns>The run of the session; null: another lane failed.</returns>
    private async Task<Task?> JoinAsync(
        PeerLink link, PeerWire wire, LaneHello hello, CancellationToken cancellationToken)
    {
        PeerGathering gathering = link.Admit(hello);
        try
        {
            byte[] answer = new LaneHello(hello.Lane, hello.Session, handler.Hello).Encode();
            await wire.WriteAsync(FrameType.Hello, answer, cancellationToken).ConfigureAwait(false);
            await wire.ReadAsync(
                FrameType.Confirm, maxBytes: PeerRefusedException.MaxReasonBytes, cancellationToken)
                .ConfigureAwait(false);
            link.Join(gathering, hello.Lane, wire, wires => new PeerSession(
                hello.Peer, hello.Session, wires, options, handler, time, logger));
            return await gathering.Ready.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            link.Abandon(gathering);
            // All lanes may have met in that moment; then this one belongs to the session, and stays until
            // its end.
            if (await gathering.Ready.ConfigureAwait(false) is { } run)
                return run;
            throw;
        }
    }

    private async Task RefuseAsync(PeerWire wire, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await wire.WriteAsync(FrameType.Refuse, PeerRefusedException.Encode(reason), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (PeerBreak.IsExpected(exception))
        {
            PeerTrace.RefusalUnsent(logger, exception.Message);
        }
    }

    /// <summary>Logs once while the reason stays the same: whoever it is, comes again.</summary>
    private void Report(PeerLink? link, ConnectionContext connection, string reason)
    {
        if (link is not null)
            link.Report(reason);
        else if (Interlocked.Exchange(ref _reported, reason) != reason)
            PeerTrace.Unknown(logger, $"{connection.RemoteEndPoint}", reason);
    }
}
