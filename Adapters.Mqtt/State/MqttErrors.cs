using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>The core's answers as reason codes.</summary>
public static class MqttErrors
{
    /// <summary>The reason that a failing answer becomes in an acknowledgement (PUBACK, PUBREC, SUBACK).</summary>
    public static MqttReason From(Reply reply) => reply switch
    {
        Reply.NamespaceNotFound or Reply.AccessDenied or Reply.NotAllowed => MqttReason.NotAuthorized,
        Reply.Full or Reply.LimitReached or Reply.TooManyHeld or Reply.TooLarge => MqttReason.QuotaExceeded,
        Reply.BadName => MqttReason.TopicNameInvalid,
        Reply.TimedOut or Reply.Unavailable => MqttReason.ImplementationSpecific,
        Reply.TopicNotFound or Reply.QueueNotFound or Reply.Gone or Reply.AlreadyExists or Reply.InUse
            or Reply.NotEmpty or Reply.Locked or Reply.ExclusiveUse or Reply.CheckOutExpired or Reply.RewindOff =>
            MqttReason.Unspecified,
        _ => throw new UnreachableException($"{reply} is not an error"),
    };

    /// <summary>The reason that it becomes in CONNACK, and in a DISCONNECT where the connection cannot go on.</summary>
    public static MqttReason ForConnection(Reply reply) => reply switch
    {
        Reply.LimitReached => MqttReason.QuotaExceeded,
        Reply.TimedOut or Reply.Unavailable => MqttReason.ServerUnavailable,
        Reply.Gone => MqttReason.SessionTakenOver,
        _ => From(reply),
    };

    /// <exception cref="MqttProtocolException">The answer is a failure that ends the connection.</exception>
    public static void ThrowIfFailed(this Reply reply, string what)
    {
        if (reply != Reply.Ok)
            throw new MqttProtocolException(ForConnection(reply), $"{what}: {reply}");
    }
}
