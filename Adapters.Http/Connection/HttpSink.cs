using System.Diagnostics.CodeAnalysis;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Http.Connection;

/// <summary>Hands the core's answers on publishes to the requests that wait for them. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The token outlives the session in requests that still "
    + "end, and a source without timer or wait handle holds nothing to dispose.")]
internal sealed class HttpSink(string user, ILogger logger) : IConnectionSink
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, (HttpPendingPublish Publish, int Place)> _expected = [];
    private readonly CancellationTokenSource _closed = new();
    private string? _blockedReason;

    /// <summary>The core has ended this connection.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Publishing is held back: a message sent now would only be stored after its sender gave
    /// up.</summary>
    public bool IsBlocked => Volatile.Read(ref _blockedReason) is not null;

    /// <summary>Must come before the publish, whose outcome may be there before the call returns.</summary>
    /// <returns>False when the connection is closed; then no outcome comes.</returns>
    public bool TryExpect(ulong tag, HttpPendingPublish publish, int place)
    {
        lock (_gate)
        {
            if (_closed.IsCancellationRequested)
                return false;
            _expected.Add(tag, (publish, place));
            return true;
        }
    }

    public void Published(ulong tag, PublishOutcome outcome)
    {
        (HttpPendingPublish Publish, int Place) expected;
        lock (_gate)
        {
            // After the close the request has its answer already.
            if (!_expected.Remove(tag, out expected))
                return;
        }

        expected.Publish.Set(expected.Place, outcome);
    }

    public void Blocked(string? reason)
    {
        Volatile.Write(ref _blockedReason, reason);
        if (reason is null)
            logger.Unblocked(user);
        else
            logger.Blocked(user, reason);
    }

    public void Closing(string reason)
    {
        logger.SessionEnded(user, reason);
        Close();
    }

    /// <summary>Ends what waits: the outcome of messages on their way is unknown.</summary>
    public void Close()
    {
        (HttpPendingPublish Publish, int Place)[] left;
        lock (_gate)
        {
            left = [.. _expected.Values];
            _expected.Clear();

            // Not Cancel: receives that wait would go on in the core's thread, and under this lock.
            _ = _closed.CancelAsync();
        }

        foreach ((HttpPendingPublish publish, int place) in left)
            publish.Set(place, new PublishOutcome(Reply.TimedOut, 0));
    }

    /// <summary>Nothing is flushed: every outcome wakes its own request.</summary>
    public void Flush()
    {
    }

    /// <summary>This door attaches no consumers.</summary>
    public void Delivered(Delivery delivery) =>
        throw new InvariantException("A delivery for a connection without consumers.");

    /// <summary>This door attaches no consumers.</summary>
    public void Cancelled(int consumer) =>
        throw new InvariantException("A cancellation for a connection without consumers.");
}
