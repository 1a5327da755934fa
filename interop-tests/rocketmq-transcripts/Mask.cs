using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Interop.RocketMq;

/// <summary>What may differ from a recorded answer, and why. Everything that is not here must be the
/// same.</summary>
internal static class Mask
{
    /// <summary>Requests that are refused where a real server serves them, with the code of the
    /// refusal.</summary>
    public static IReadOnlyDictionary<RocketMqRequestCode, (RocketMqResponseCode Code, string Why)> Refused { get; } =
        new Dictionary<RocketMqRequestCode, (RocketMqResponseCode Code, string Why)>
        {
            [(RocketMqRequestCode)103] = (Unsupported, "brokers of another make do not register here"),
            [RocketMqRequestCode.PutKvConfig] = (Unsupported, "there is no key-value configuration"),
            [RocketMqRequestCode.DeleteKvConfig] = (Unsupported, "there is no key-value configuration"),
            [RocketMqRequestCode.GetKvConfig] = (RocketMqResponseCode.QueryNotFound, "there is no key-value configuration"),
            [RocketMqRequestCode.WipeWritePermOfBroker] = (Unsupported, "a broker name is a data group, not a machine"),
            [RocketMqRequestCode.GetNameServerConfig] = (Unsupported, "the settings of a 4.1.0 name server mean nothing here"),
            [RocketMqRequestCode.GetBrokerConfig] = (Unsupported, "the settings of a 4.1.0 broker mean nothing here"),
            [RocketMqRequestCode.UpdateBrokerConfig] = (Unsupported, "the settings of a 4.1.0 broker mean nothing here"),
            [RocketMqRequestCode.UpdateAndCreateSubscriptionGroup] = (Unsupported, "groups have no settings of their own"),
            [RocketMqRequestCode.DeleteSubscriptionGroup] = (Unsupported, "groups have no settings of their own"),
            [RocketMqRequestCode.ViewBrokerStatsData] = (Unsupported, "no such statistics are kept"),
            [RocketMqRequestCode.GetBrokerConsumeStats] = (Unsupported, "no such statistics are kept"),
            [RocketMqRequestCode.QueryConsumeQueue] = (Unsupported, "there are no consume queue files"),
            [RocketMqRequestCode.CheckClientConfig] =
                (RocketMqResponseCode.SystemError, "filters in SQL92 are off, as in a 4.1.0 broker by default"),
        };

    /// <summary>Fields of answers that depend on the run.</summary>
    public static IReadOnlyDictionary<string, string> Fields { get; } = new Dictionary<string, string>
    {
        ["msgId"] = "holds the broker's port and a position",
        ["queueOffset"] = "the file has a part of the messages only",
        ["nextBeginOffset"] = "the file has a part of the messages only",
        ["minOffset"] = "the file has a part of the messages only",
        ["maxOffset"] = "the file has a part of the messages only",
        ["offset"] = "the file has a part of the messages only",
        ["timestamp"] = "a store time",
        ["indexLastUpdateTimestamp"] = "a store time",
        ["indexLastUpdatePhyoffset"] = "a position",
    };

    /// <summary>Requests whose code and remark depend on which messages or members there are, with the codes
    /// that they may then have.</summary>
    public static IReadOnlyDictionary<RocketMqRequestCode, (RocketMqResponseCode[] Codes, string Why)> Codes { get; } =
        new Dictionary<RocketMqRequestCode, (RocketMqResponseCode[] Codes, string Why)>
        {
            [RocketMqRequestCode.PullMessage] =
            (
                [
                    RocketMqResponseCode.Success, RocketMqResponseCode.PullNotFound,
                    RocketMqResponseCode.PullRetryImmediately, RocketMqResponseCode.PullOffsetMoved,
                    RocketMqResponseCode.SubscriptionNotLatest, RocketMqResponseCode.SubscriptionNotExist,
                    RocketMqResponseCode.TopicNotExist,
                ],
                "the file has a part of the messages and of the heartbeats only"),
            [RocketMqRequestCode.QueryMessage] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.QueryNotFound],
                "recorded time spans hold no message of this run"),
            [RocketMqRequestCode.ViewMessageById] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.SystemError],
                "the file has a part of the sends only"),
            [RocketMqRequestCode.ConsumerSendMsgBack] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.SystemError],
                "the file has a part of the sends only"),
            [RocketMqRequestCode.GetRouteInfoByTopic] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.TopicNotExist],
                "the file has a part of the sends and heartbeats that make topics"),
            [RocketMqRequestCode.GetConsumerListByGroup] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.SystemError],
                "the file has a part of the heartbeats only"),
            [RocketMqRequestCode.GetConsumerConnectionList] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.ConsumerNotOnline],
                "clients of the file stay connected to the end"),
            [RocketMqRequestCode.GetProducerConnectionList] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.SystemError],
                "the file has a part of the heartbeats only"),
            [RocketMqRequestCode.QueryConsumerOffset] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.TopicNotExist],
                "the file has a part of the sends and heartbeats that make topics"),
            [RocketMqRequestCode.InvokeBrokerToResetOffset] = (
                [RocketMqResponseCode.Success, RocketMqResponseCode.ConsumerNotOnline],
                "the file has a part of the heartbeats only"),
            [RocketMqRequestCode.GetConsumerRunningInfo] = (
                [RocketMqResponseCode.ConsumeMsgTimeout, RocketMqResponseCode.ConsumerNotOnline],
                "no client is there that would answer"),
            [RocketMqRequestCode.ConsumeMessageDirectly] = (
                [RocketMqResponseCode.ConsumeMsgTimeout, RocketMqResponseCode.ConsumerNotOnline, RocketMqResponseCode.SystemError],
                "no client is there that would answer"),
        };

    private const RocketMqResponseCode Unsupported = RocketMqResponseCode.RequestCodeNotSupported;
}
