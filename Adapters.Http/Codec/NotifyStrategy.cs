namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>How a push to an HTTP endpoint is repeated (spec section 6.8). On disk: never renumber.</summary>
public enum NotifyStrategy : byte
{
    ExponentialDecayRetry = 0,
    BackoffRetry = 1,
}
