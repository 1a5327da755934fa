using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

public sealed class MqttErrorsTests
{
    /// <summary>What PUBACK and PUBREC may say (§3.4.2.1).</summary>
    private static readonly MqttReason[] OfPubAck =
    [
        MqttReason.Unspecified, MqttReason.ImplementationSpecific, MqttReason.NotAuthorized, MqttReason.TopicNameInvalid,
        MqttReason.PacketIdInUse, MqttReason.QuotaExceeded, MqttReason.PayloadFormatInvalid,
    ];

    public static TheoryData<Reply> Failing => [.. Enum.GetValues<Reply>().Where(reply => reply != Reply.Ok)];

    [Theory, MemberData(nameof(Failing))]
    public void Every_failing_answer_has_a_reason_that_an_acknowledgement_may_carry(Reply reply)
    {
        Assert.Contains(MqttErrors.From(reply), OfPubAck);
        Assert.InRange(MqttErrors.ForConnection(reply), MqttReason.Unspecified, MqttReason.WildcardSubscriptionsNotSupported);
    }
}
