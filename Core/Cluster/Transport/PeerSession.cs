using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>The connections of all three lanes to one incarnation of a peer: they live and end
/// together.</summary>
/// <param name="hello">What the peer said on each of them.</param>
/// <param name="number">Number of the attempt, by the dialling side.</param>
/// <param name="wires">By lane; closed by whoever made them, after <see cref="RunAsync"/>.</param>
internal sealed class PeerSession(
    PeerHello hello,
    long number,
    IReadOnlyList<PeerWire> wires,
    PeerTransportOptions options,
    IPeerHandler handler,
    TimeProvider time,
    ILogger logger)
{
    private readonly PeerLaneLink[] _lanes =
        [.. wires.Select((wire, lane) => new PeerLaneLink((PeerLane)lane, wire, options, time))];
    private volatile bool _up;
    private string? _why;

    public PeerHello Hello => hello;

    public long Number => number;

    /// <summary>Whether messages can be sent.</summary>
    public bool IsUp => _up;

    public bool HasEnded => Volatile.Read(ref _why) is not null;

    public bool Send(PeerLane lane, in PeerMessage message)
    {
        PeerLaneLink link = _lanes[(int)lane];
        if (link.Send(message))
            return true;
        if (_up && link.ReportFull())
            PeerTrace.QueueFull(logger, hello.Node, lane);
        return false;
    }

    /// <summary>Breaks all lanes; the first reason counts. Thread-safe.</summary>
    public void End(string why)
    {
        if (Interlocked.CompareExchange(ref _why, why, null) is not null)
            return;

        _up = false;
        foreach (PeerLaneLink lane in _lanes)
            lane.Abort(why);
    }

    /// <summary>Connects, carries messages until a lane breaks or <see cref="End"/> is called, and
    /// disconnects. Does not fail.</summary>
    /// <param name="previous">The end of the peer's last session: a handler never sees two at once.</param>
    public async Task RunAsync(Task previous)
    {
        await previous.ConfigureAwait(false);
        if (HasEnded)
            return;

        PeerTrace.Connected(logger, hello.Node, hello.StoreId, hello.Incarnation);
        _up = true;
        // End may have come between, and must be the last to write.
        if (HasEnded)
            _up = false;
        try
        {
            TimeSpan period = options.KeepAlive / 4;
            using (time.CreateTimer(_ => Watch(), null, period, period))
            {
                handler.PeerConnected(hello);
                await Task.WhenAll(_lanes.SelectMany(lane => new[]
                {
                    GuardAsync(lane.Lane, () => lane.ReceiveAsync(hello.Node, handler)),
                    GuardAsync(lane.Lane, lane.SendAsync),
                })).ConfigureAwait(false);
            }

            PeerTrace.Disconnected(logger, hello.Node, _why ?? "ended");
            handler.PeerDisconnected(hello.Node);
        }
        catch (Exception exception)
        {
            // Only the handler can throw here. The session is over; the node decides about itself elsewhere.
            PeerTrace.Failed(logger, hello.Node, exception);
            End("failed on this side");
        }
    }

    private async Task GuardAsync(PeerLane lane, Func<Task> loop)
    {
        try
        {
            // Not on this thread: a loop that always finds something would keep the others from starting.
            await Task.Run(loop).ConfigureAwait(false);
            End($"lane {lane} closed by the peer");
        }
        catch (Exception exception) when (PeerBreak.IsExpected(exception))
        {
            End($"lane {lane}: {exception.Message}");
        }
        catch (Exception exception)
        {
            PeerTrace.Failed(logger, hello.Node, exception);
            End($"lane {lane} failed on this side");
        }
    }

    private void Watch()
    {
        foreach (PeerLaneLink lane in _lanes)
        {
            if (lane.SinceReceived >= options.MaxSilence)
                End($"lane {lane.Lane} received nothing for {options.MaxSilence.TotalSeconds} s");
            else
                lane.KeepAlive(options.KeepAlive);
        }
    }
}
