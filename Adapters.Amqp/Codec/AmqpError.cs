using System.Diagnostics;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>A reply code with its explanation, as it goes into channel.close or connection.close.</summary>
/// <param name="Explanation">What stands behind <c>NAME - </c> in the reply text.</param>
public readonly record struct AmqpError(AmqpCode Code, string Explanation)
{
    /// <summary>Fixed by the code: 311, 403, 404, 405 and 406 close the channel, all others the
    /// connection.</summary>
    public ErrorScope Scope => Code switch
    {
        AmqpCode.ContentTooLarge or AmqpCode.NoRoute or AmqpCode.NoConsumers or AmqpCode.AccessRefused
            or AmqpCode.NotFound or AmqpCode.ResourceLocked or AmqpCode.PreconditionFailed => ErrorScope.Channel,
        _ => ErrorScope.Connection,
    };

    /// <summary><c>NAME - explanation</c>; the writer cuts it to a short string's 255 bytes.</summary>
    public string ReplyText => $"{Name(Code)} - {Explanation}";

    private static string Name(AmqpCode code) => code switch
    {
        AmqpCode.ReplySuccess => "REPLY_SUCCESS",
        AmqpCode.ContentTooLarge => "CONTENT_TOO_LARGE",
        AmqpCode.NoRoute => "NO_ROUTE",
        AmqpCode.NoConsumers => "NO_CONSUMERS",
        AmqpCode.ConnectionForced => "CONNECTION_FORCED",
        AmqpCode.InvalidPath => "INVALID_PATH",
        AmqpCode.AccessRefused => "ACCESS_REFUSED",
        AmqpCode.NotFound => "NOT_FOUND",
        AmqpCode.ResourceLocked => "RESOURCE_LOCKED",
        AmqpCode.PreconditionFailed => "PRECONDITION_FAILED",
        AmqpCode.FrameError => "FRAME_ERROR",
        AmqpCode.SyntaxError => "SYNTAX_ERROR",
        AmqpCode.CommandInvalid => "COMMAND_INVALID",
        AmqpCode.ChannelError => "CHANNEL_ERROR",
        AmqpCode.UnexpectedFrame => "UNEXPECTED_FRAME",
        AmqpCode.ResourceError => "RESOURCE_ERROR",
        AmqpCode.NotAllowed => "NOT_ALLOWED",
        AmqpCode.NotImplemented => "NOT_IMPLEMENTED",
        AmqpCode.InternalError => "INTERNAL_ERROR",
        _ => throw new UnreachableException(),
    };
}
