using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>The core's failing answers in the service's codes (spec section 5).</summary>
public static class HttpErrors
{
    public static HttpError From(Reply reply) => reply switch
    {
        Reply.NamespaceNotFound => HttpError.IllegalAccount,
        Reply.TopicNotFound => HttpError.TopicNotFound,

        // Another connection's queue is as invisible here as a deleted one.
        Reply.QueueNotFound or Reply.Gone or Reply.Locked => HttpError.QueueNotFound,
        Reply.AlreadyExists => HttpError.QueueExists,
        Reply.AccessDenied => HttpError.NoPermission,
        Reply.ExclusiveUse => HttpError.ReceiveFailed,
        Reply.CheckOutExpired => HttpError.ReceiptInvalid,
        Reply.Full => HttpError.QueueFull,
        Reply.TooLarge => HttpError.MessageTooLarge,
        Reply.RewindOff => HttpError.NotRewindable,
        Reply.LimitReached => HttpError.TooManyQueues,
        Reply.TooManyHeld => HttpError.TooManyHeld,
        Reply.TimedOut => HttpError.TimedOut,
        Reply.Unavailable => HttpError.Unavailable,
        Reply.InUse or Reply.NotEmpty or Reply.NotAllowed => HttpError.BadParameters,
        Reply.BadName => HttpError.BadQueueName,
        _ => throw new UnreachableException($"{reply} is no failure, or has no code yet."),
    };

    /// <exception cref="HttpProtocolException">The reply is a failure.</exception>
    public static void ThrowIfFailed(Reply reply)
    {
        if (reply != Reply.Ok)
            throw new HttpProtocolException(From(reply));
    }
}
