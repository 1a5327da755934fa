using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Which handler takes which request.</summary>
internal sealed class RocketMqHandlers
{
    private readonly RocketMqLink _link;
    private readonly RocketMqSending _sending;
    private readonly RocketMqSendBack _sendBack;
    private readonly RocketMqTransactions _transactions;
    private readonly RocketMqPulling _pulling;
    private readonly RocketMqOffsets _offsets;
    private readonly RocketMqQueries _queries;
    private readonly RocketMqRoutes _routes;
    private readonly RocketMqAdmin _admin;
    private readonly RocketMqRelay _relay;

    public RocketMqHandlers(RocketMqLink link, RocketMqPeer peer, IRocketMqChannel channel)
    {
        _link = link;
        var topics = new RocketMqTopics(link);
        RocketMqEndPoint storeHost = channel.StoreHost;
        Publishing = new RocketMqPublishing(link);
        Membership = new RocketMqMembership(link, topics, channel);
        _sending = new RocketMqSending(link, topics, Publishing, peer.Remote, storeHost);
        _sendBack = new RocketMqSendBack(link, topics, _sending, storeHost);
        _transactions = new RocketMqTransactions(link);
        _offsets = new RocketMqOffsets(link, topics);
        _pulling = new RocketMqPulling(link, topics, _offsets, storeHost);
        _queries = new RocketMqQueries(link, topics, storeHost);
        _routes = new RocketMqRoutes(link, topics);
        _admin = new RocketMqAdmin(link, topics, _offsets);
        _relay = new RocketMqRelay(link, topics, _offsets, _queries);
    }

    public RocketMqPublishing Publishing { get; }

    public RocketMqMembership Membership { get; }

    /// <summary>Takes a request of a broker's if it is a send that nothing has to be awaited for but its publish.
    /// </summary>
    /// <param name="command">The request.</param>
    /// <param name="answers">Gets the answer.</param>
    /// <returns>False: nothing has happened yet.</returns>
    /// <exception cref="RocketMqProtocolException">It is refused.</exception>
    public bool TrySend(RocketMqCommand command, IRocketMqSendAnswers answers) => _sending.TrySend(command, answers);

    /// <summary>Takes a request of the name server's.</summary>
    /// <exception cref="RocketMqProtocolException">It is refused.</exception>
    public ValueTask<RocketMqCommand> AskNameServer(RocketMqCommand command)
    {
        switch ((RocketMqRequestCode)command.Code)
        {
            case RocketMqRequestCode.GetRouteInfoByTopic:
                return new(_routes.Route(command));
            case RocketMqRequestCode.GetBrokerClusterInfo:
                return new(_routes.Cluster(command));
            case RocketMqRequestCode.GetAllTopicListFromNameServer or RocketMqRequestCode.GetTopicsByCluster:
                return new(_routes.Topics(command));
            case RocketMqRequestCode.GetSystemTopicListFromNameServer:
                return new(RocketMqRoutes.SystemTopics(command));
            case RocketMqRequestCode.GetUnitTopicList or RocketMqRequestCode.GetHasUnitSubTopicList
                or RocketMqRequestCode.GetHasUnitSubUnUnitTopicList:
                return new(RocketMqRoutes.NoTopics(command));
            case RocketMqRequestCode.GetKvConfig or RocketMqRequestCode.GetKvListByNamespace:
                return new(command.Answer(RocketMqResponseCode.QueryNotFound, "No config item, there are none"));
            case RocketMqRequestCode.DeleteTopicInNameServer:
                // Nothing is left to do: the route went with the topic, which the brokers were asked to delete.
                return new(command.Answer(RocketMqResponseCode.Success));
            default:
                return new(Unsupported(command));
        }
    }

    /// <summary>Takes a request of a broker's.</summary>
    /// <exception cref="RocketMqProtocolException">It is refused.</exception>
    public ValueTask<RocketMqCommand> AskBroker(RocketMqCommand command) => (RocketMqRequestCode)command.Code switch
    {
        RocketMqRequestCode.SendMessage or RocketMqRequestCode.SendMessageV2
            or RocketMqRequestCode.SendBatchMessage => _sending.SendAsync(command),
        RocketMqRequestCode.PullMessage => _pulling.PullAsync(command),
        RocketMqRequestCode.QueryMessage => _queries.ByKeyAsync(command),
        RocketMqRequestCode.QueryConsumerOffset => _offsets.QueryAsync(command),
        RocketMqRequestCode.UpdateConsumerOffset => _offsets.UpdateAsync(command),
        RocketMqRequestCode.SearchOffsetByTimestamp => _offsets.SearchAsync(command),
        RocketMqRequestCode.GetMaxOffset => _offsets.MaxAsync(command),
        RocketMqRequestCode.GetMinOffset => _offsets.MinAsync(command),
        RocketMqRequestCode.GetEarliestMsgStoreTime => _offsets.EarliestAsync(command),
        RocketMqRequestCode.ViewMessageById => _queries.ByIdAsync(command),
        RocketMqRequestCode.HeartBeat => Membership.HeartbeatAsync(command),
        RocketMqRequestCode.UnregisterClient => Membership.UnregisterAsync(command),
        RocketMqRequestCode.ConsumerSendMsgBack => _sendBack.SendBackAsync(command),
        RocketMqRequestCode.EndTransaction => _transactions.EndAsync(command),
        RocketMqRequestCode.GetConsumerListByGroup => Membership.ListAsync(command),
        RocketMqRequestCode.LockBatchMq => Membership.LockAsync(command),
        RocketMqRequestCode.UnlockBatchMq => Membership.UnlockAsync(command),
        RocketMqRequestCode.CheckClientConfig => new(RocketMqMembership.Check(command)),
        RocketMqRequestCode.GetSystemTopicListFromBroker => new(RocketMqRoutes.SystemTopics(command)),
        _ => AskAdmin(command),
    };

    private static RocketMqCommand Unsupported(RocketMqCommand command) => command.Answer(
        RocketMqResponseCode.RequestCodeNotSupported, $" request type {command.Code} not supported");

    private ValueTask<RocketMqCommand> AskAdmin(RocketMqCommand command) =>
        (RocketMqRequestCode)command.Code switch
        {
            _ when !_link.IsAdministrator => new(command.Answer(
                RocketMqResponseCode.NoPermission, "administrators only")),
            RocketMqRequestCode.UpdateAndCreateTopic => _admin.CreateTopicAsync(command),
            RocketMqRequestCode.DeleteTopicInBroker => _admin.DeleteTopicAsync(command),
            RocketMqRequestCode.GetAllTopicConfig => new(_admin.TopicConfigs(command)),
            RocketMqRequestCode.GetBrokerRuntimeInfo => new(_admin.RuntimeInfo(command)),
            RocketMqRequestCode.GetTopicStatsInfo => _admin.TopicStatsAsync(command),
            RocketMqRequestCode.GetConsumeStats => _admin.ConsumeStatsAsync(command),
            RocketMqRequestCode.GetConsumerConnectionList => new(_admin.ConsumerConnections(command)),
            RocketMqRequestCode.GetProducerConnectionList => new(_admin.ProducerConnections(command)),
            RocketMqRequestCode.QueryTopicConsumeByWho => _admin.ConsumeByWhoAsync(command),
            RocketMqRequestCode.InvokeBrokerToResetOffset => _relay.ResetOffsetAsync(command),
            RocketMqRequestCode.GetConsumerRunningInfo
                or RocketMqRequestCode.ConsumeMessageDirectly => _relay.AskAsync(command),
            // What these clean, is cleaned without being asked.
            RocketMqRequestCode.CleanExpiredConsumeQueue
                or RocketMqRequestCode.CleanUnusedTopic => new(command.Answer(RocketMqResponseCode.Success)),
            _ => new(Unsupported(command)),
        };
}
