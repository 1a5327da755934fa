using System.Collections.Frozen;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Names of properties by which clients and brokers of RocketMQ talk to each other (its MessageConst, 4.1 to
/// 4.9, and what ONS clients add; specification section 10). They share the string with an application's own
/// properties, whose names they cannot be: a stock client refuses them.</summary>
internal static class RocketMqInternalNames
{
    private static readonly FrozenSet<string> All = FrozenSet.ToFrozenSet(
    [
        RocketMqProperties.Keys, RocketMqProperties.Tags, RocketMqProperties.WaitStore, RocketMqProperties.Delay,
        RocketMqProperties.UniqueKey, RocketMqProperties.RetryTopic, RocketMqProperties.OriginMessageId,
        RocketMqProperties.ReconsumeTime, RocketMqProperties.MaxReconsumeTimes, RocketMqProperties.RealTopic,
        RocketMqProperties.RealQueueId, RocketMqProperties.TransactionPrepared, RocketMqProperties.ProducerGroup,
        RocketMqProperties.TransactionId, RocketMqProperties.TransactionCheckTimes,
        RocketMqProperties.CheckImmunityTime, RocketMqProperties.StartDeliverTime,
        RocketMqProperties.CorrelationId, RocketMqProperties.ReplyTo,
        "ARRIVE_TIME", "BUYER_ID", "CLUSTER", "CONSUME_START_TIME", "CORRECTION_FLAG", "EXTEND_UNIQ_INFO",
        "INNER_MULTI_DISPATCH", "INNER_MULTI_QUEUE_OFFSET", "INSTANCE_ID", "MAX_OFFSET", "MIN_OFFSET", "MQ2_FLAG",
        "MSG_REGION", "MSG_TYPE", "PUSH_REPLY_TIME", "TRACE_ON", "TRANSFER_FLAG", "TRAN_PREPARED_QUEUE_OFFSET", "TTL",
    ]);

    public static bool Contains(string name) => All.Contains(name);
}
