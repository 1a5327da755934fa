using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>The core's answers in RocketMQ's codes. What a synchronous producer may try elsewhere gets a code
/// on which it does (specification section 2); what would fail everywhere does not.</summary>
public static class RocketMqErrors
{
    /// <summary>Behind some remarks of 4.1.0.</summary>
    public const string Faq = "See http://rocketmq.apache.org/docs/faq/ for further details.";

    /// <param name="reply">A failing answer.</param>
    public static RocketMqResponseCode From(Reply reply) => reply switch
    {
        Reply.NamespaceNotFound => RocketMqResponseCode.NoPermission,
        Reply.TopicNotFound or Reply.QueueNotFound or Reply.Gone => RocketMqResponseCode.TopicNotExist,
        Reply.AlreadyExists => RocketMqResponseCode.TopicExistAlready,
        Reply.AccessDenied or Reply.NotAllowed => RocketMqResponseCode.NoPermission,
        Reply.Full or Reply.TooManyHeld or Reply.LimitReached => RocketMqResponseCode.SystemBusy,
        Reply.TooLarge => RocketMqResponseCode.MessageIllegal,
        Reply.Unavailable => RocketMqResponseCode.ServiceNotAvailable,
        Reply.TimedOut or Reply.InUse or Reply.NotEmpty or Reply.Locked or Reply.ExclusiveUse
            or Reply.CheckOutExpired or Reply.RewindOff or Reply.BadName => RocketMqResponseCode.SystemError,
        _ => throw new UnreachableException($"{reply} is not an error"),
    };

    /// <param name="reply">A failing answer.</param>
    /// <param name="what">What it is about.</param>
    public static RocketMqProtocolException Exception(Reply reply, string what) =>
        new(ErrorScope.Request, From(reply), $"{what}: {Words(reply)}");

    /// <exception cref="RocketMqProtocolException">The answer is a failure.</exception>
    public static void ThrowIfFailed(this Reply reply, string what)
    {
        if (reply != Reply.Ok)
            throw Exception(reply, what);
    }

    public static RocketMqProtocolException TopicNotExist(string topic) => new(
        ErrorScope.Request, RocketMqResponseCode.TopicNotExist, $"topic[{topic}] not exist, apply first please!\n{Faq}");

    public static RocketMqProtocolException NoPermission(string why) =>
        new(ErrorScope.Request, RocketMqResponseCode.NoPermission, why);

    private static string Words(Reply reply) => reply switch
    {
        Reply.TimedOut => "no answer in time, the outcome is unknown",
        Reply.Unavailable => "not available",
        Reply.Full => "full",
        Reply.LimitReached => "a limit is reached",
        Reply.TooLarge => "too large",
        _ => reply.ToString(),
    };
}
