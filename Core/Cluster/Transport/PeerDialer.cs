using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>Keeps this node connected to one peer with a lower id: dials, waits for the end, dials
/// again.</summary>
internal sealed class PeerDialer(
    PeerAddress address,
    PeerLink link,
    PeerTransportOptions options,
    ClusterIdentity? identity,
    IPeerHandler handler,
    Func<PeerHello, string?> refuse,
    TimeProvider time,
    ILogger logger)
{
    // Grows over restarts of the transport too, as long as the clock does; where it does not, the other side
    // notices the end of the old connections first.
    private long _number = time.GetUtcNow().UtcTicks;

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        int failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            failures = await OnceAsync(stopping).ConfigureAwait(false) ? 0 : failures + 1;
            try
            {
                await Task.Delay(RedialDelay(failures), time, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>One session, from dialling to its end.</summary>
    /// <returns>Whether there was one.</returns>
    private async Task<bool> OnceAsync(CancellationToken stopping)
    {
        var wires = new List<PeerWire>();
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            PeerSession session = await OpenAsync(wires, either.Token).ConfigureAwait(false);
            await link.RunAsync(session).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (PeerBreak.IsExpected(exception))
        {
            if (!stopping.IsCancellationRequested)
            {
                link.Report(timeout.IsCancellationRequested
                    ? $"no answer in {options.HandshakeTimeout.TotalSeconds} s"
                    : exception.Message);
            }

            return false;
        }
        catch (Exception exception)
        {
            PeerTrace.Failed(logger, address.Id, exception);
            return false;
        }
        finally
        {
            foreach (PeerWire wire in wires)
                await wire.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<PeerSession> OpenAsync(List<PeerWire> wires, CancellationToken cancellationToken)
    {
        long number = ++_number;
        PeerHello own = handler.Hello;
        PeerHello? peer = null;
        for (int lane = 0; lane < PeerGathering.LaneCount; lane++)
        {
            PeerWire wire = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            wires.Add(wire);
            var hello = new LaneHello((PeerLane)lane, number, own);
            await wire.WriteAsync(FrameType.Hello, hello.Encode(), cancellationToken).ConfigureAwait(false);
            byte[] answer = await wire.ReadAsync(FrameType.Hello, LaneHello.MaxBytes, cancellationToken)
                .ConfigureAwait(false);
            try
            {
                peer = Check(LaneHello.Decode(answer, own.ProtocolVersion), hello, peer, wire);
            }
            catch (PeerProtocolException refusal)
            {
                await wire.WriteAsync(
                    FrameType.Refuse, PeerRefusedException.Encode(refusal.Message), cancellationToken)
                    .ConfigureAwait(false);
                throw;
            }
        }

        // Only now, so that the other side is connected only if this one is.
        foreach (PeerWire wire in wires)
            await wire.WriteAsync(FrameType.Confirm, default, cancellationToken).ConfigureAwait(false);
        return new PeerSession(peer!, number, wires, options, handler, time, logger);
    }

    private PeerHello Check(LaneHello answer, LaneHello hello, PeerHello? before, PeerWire wire)
    {
        if (answer.Lane != hello.Lane || answer.Session != hello.Session)
            throw new PeerProtocolException("the answer is to another hello");
        if (answer.Peer.Node != address.Id)
            throw new PeerProtocolException(
                $"node {answer.Peer.Node} answers where node {address.Id} was dialled");
        wire.CheckNode(answer.Peer.Node);
        if (before is not null && before != answer.Peer)
            throw new PeerProtocolException("the peer's hello changed between lanes");
        if (refuse(answer.Peer) is { } reason)
            throw new PeerProtocolException(reason);
        return answer.Peer;
    }

    private async Task<PeerWire> ConnectAsync(CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(address.Host, cancellationToken)
            .ConfigureAwait(false);
        if (identity is null && !addresses.All(Loopback.Is))
            throw new PeerProtocolException($"{address.Host} is not loopback: set Cluster:Secret");

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, address.Port, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new DialledConnection(socket);
        try
        {
            return await PeerWire.OpenAsync(connection, address.Id, identity, cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Doubled with each failure, and drawn from its upper half, so that nodes that lost each other
    /// at once do not come back at once.</summary>
    private TimeSpan RedialDelay(int failures)
    {
        double doubled = options.MinRedialDelay.Ticks * Math.Pow(2, Math.Min(failures, 30));
        double longest = Math.Min(doubled, options.MaxRedialDelay.Ticks);
        return TimeSpan.FromTicks((long)(longest * (0.5 + (Random.Shared.NextDouble() / 2))));
    }
}
