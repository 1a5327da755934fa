namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Codes of requests (specification sections 4 and 6).</summary>
public enum RocketMqRequestCode
{
    SendMessage = 10,
    PullMessage = 11,
    QueryMessage = 12,
    QueryConsumerOffset = 14,
    UpdateConsumerOffset = 15,
    UpdateAndCreateTopic = 17,
    GetAllTopicConfig = 21,
    UpdateBrokerConfig = 25,
    GetBrokerConfig = 26,
    GetBrokerRuntimeInfo = 28,
    SearchOffsetByTimestamp = 29,
    GetMaxOffset = 30,
    GetMinOffset = 31,
    GetEarliestMsgStoreTime = 32,
    ViewMessageById = 33,
    HeartBeat = 34,
    UnregisterClient = 35,
    ConsumerSendMsgBack = 36,
    EndTransaction = 37,
    GetConsumerListByGroup = 38,

    /// <summary>Sent by the broker.</summary>
    CheckTransactionState = 39,

    /// <summary>Sent by the broker.</summary>
    NotifyConsumerIdsChanged = 40,
    LockBatchMq = 41,
    UnlockBatchMq = 42,
    CheckClientConfig = 46,
    PutKvConfig = 100,
    GetKvConfig = 101,
    DeleteKvConfig = 102,
    GetRouteInfoByTopic = 105,
    GetBrokerClusterInfo = 106,
    UpdateAndCreateSubscriptionGroup = 200,
    GetAllSubscriptionGroupConfig = 201,
    GetTopicStatsInfo = 202,
    GetConsumerConnectionList = 203,
    GetProducerConnectionList = 204,
    WipeWritePermOfBroker = 205,
    GetAllTopicListFromNameServer = 206,
    DeleteSubscriptionGroup = 207,
    GetConsumeStats = 208,
    DeleteTopicInBroker = 215,
    DeleteTopicInNameServer = 216,
    GetKvListByNamespace = 219,

    /// <summary>Sent by the broker.</summary>
    ResetConsumerClientOffset = 220,

    /// <summary>Sent by the broker.</summary>
    GetConsumerStatusFromClient = 221,
    InvokeBrokerToResetOffset = 222,
    InvokeBrokerToGetConsumerStatus = 223,
    GetTopicsByCluster = 224,
    QueryTopicConsumeByWho = 300,
    QueryConsumeTimeSpan = 303,
    GetSystemTopicListFromNameServer = 304,
    GetSystemTopicListFromBroker = 305,
    CleanExpiredConsumeQueue = 306,

    /// <summary>Asked by an administrator, and passed on to the client.</summary>
    GetConsumerRunningInfo = 307,
    QueryCorrectionOffset = 308,

    /// <summary>Asked by an administrator, and passed on to the client.</summary>
    ConsumeMessageDirectly = 309,
    SendMessageV2 = 310,
    GetUnitTopicList = 311,
    GetHasUnitSubTopicList = 312,
    GetHasUnitSubUnUnitTopicList = 313,
    ViewBrokerStatsData = 315,
    CleanUnusedTopic = 316,
    GetBrokerConsumeStats = 317,
    UpdateNameServerConfig = 318,
    GetNameServerConfig = 319,
    SendBatchMessage = 320,
    QueryConsumeQueue = 321,
}
