namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Where a connection stands.</summary>
public enum AmqpPhase
{
    /// <summary>Waiting for the protocol header.</summary>
    Header,

    /// <summary>Start was sent.</summary>
    Starting,

    /// <summary>The login is being checked.</summary>
    Securing,

    /// <summary>Tune was sent.</summary>
    Tuning,

    /// <summary>Waiting for open.</summary>
    Opening,
    Running,

    /// <summary>We sent close; everything but close and close-ok is ignored.</summary>
    Closing,

    /// <summary>The client is not told why, and its socket is dropped after a while.</summary>
    Refused,

    /// <summary>The last frame is on its way; the socket closes.</summary>
    Closed,
}
