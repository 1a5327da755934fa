using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>The core's answers in RabbitMQ's codes and words (checklist section 4).</summary>
public static class AmqpErrors
{
    /// <param name="reply">A failing answer.</param>
    /// <param name="resource">What it is about, as <see cref="AmqpVirtualHost.QueueText"/> words it.</param>
    public static AmqpError From(Reply reply, string resource) => reply switch
    {
        Reply.NamespaceNotFound => new(AmqpCode.NotAllowed, $"vhost of {resource} not found"),
        Reply.TopicNotFound or Reply.QueueNotFound or Reply.Gone => new(AmqpCode.NotFound, $"no {resource}"),
        Reply.AlreadyExists => new(AmqpCode.PreconditionFailed, $"{resource} exists already"),
        Reply.InUse => new(AmqpCode.PreconditionFailed, $"{resource} in use"),
        Reply.NotEmpty => new(AmqpCode.PreconditionFailed, $"{resource} not empty"),
        Reply.AccessDenied => new(AmqpCode.AccessRefused, $"access to {resource} refused"),
        Reply.Locked => Locked(resource),
        Reply.ExclusiveUse => new(AmqpCode.AccessRefused, $"{resource} in exclusive use"),
        Reply.CheckOutExpired => new(AmqpCode.PreconditionFailed, $"a message of {resource} is no longer held"),
        Reply.Full => new(AmqpCode.PreconditionFailed, $"{resource} is full"),
        Reply.TooLarge => new(AmqpCode.PreconditionFailed, $"message larger than {resource} allows"),
        Reply.RewindOff => new(AmqpCode.PreconditionFailed, $"{resource} keeps no settled messages"),
        Reply.LimitReached => new(AmqpCode.PreconditionFailed, $"cannot declare {resource}: limit is reached"),
        Reply.TooManyHeld => new(AmqpCode.PreconditionFailed, $"too many unacknowledged messages of {resource}"),
        Reply.TimedOut => new(AmqpCode.NotFound, $"failed to perform operation on {resource} due to timeout"),
        Reply.Unavailable => NotReady,
        Reply.NotAllowed => new(AmqpCode.AccessRefused, $"operation not permitted on {resource}"),
        Reply.BadName => new(AmqpCode.PreconditionFailed, $"invalid name of {resource}"),
        _ => throw new UnreachableException($"{reply} is not an error"),
    };

    /// <summary>The node holds no lease; another one may serve.</summary>
    public static AmqpError NotReady => Forced("not ready");

    public static AmqpError Forced(string reason) =>
        new(AmqpCode.ConnectionForced, $"broker forced connection closure with reason '{reason}'");

    public static AmqpError Locked(string resource) =>
        new(AmqpCode.ResourceLocked, $"cannot obtain exclusive access to locked {resource}");

    public static AmqpError TooLarge(ulong bytes, int maxBytes) =>
        new(AmqpCode.PreconditionFailed, $"message size {bytes} larger than max size {maxBytes}");

    public static AmqpError DefaultExchange =>
        new(AmqpCode.AccessRefused, "operation not permitted on the default exchange");

    /// <exception cref="AmqpProtocolException">The answer is a failure.</exception>
    public static void ThrowIfFailed(this Reply reply, string resource)
    {
        if (reply != Reply.Ok)
            throw new AmqpProtocolException(From(reply, resource));
    }
}
