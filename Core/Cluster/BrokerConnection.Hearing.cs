using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Listening in memory, and publishing to those who do.</content>
internal sealed partial class BrokerConnection
{
    private ConnectionSubscriptions? _subscriptions;

    public ISubscriptions Subscriptions
    {
        get
        {
            lock (_gate)
            {
                if (_subscriptions is not null)
                    return _subscriptions;
                ISubscriberSink sink = Sink as ISubscriberSink
                    ?? throw new InvalidOperationException("the connection's sink cannot hear");
                _subscriptions = new ConnectionSubscriptions(_life, new Subscriber(Key.Number, sink));
                if (_disposed)
                    _subscriptions.End();
                return _subscriptions;
            }
        }
    }

    /// <summary>Gives a publication that was just routed to everyone who listens.</summary>
    /// <param name="publication">What was published.</param>
    /// <param name="topics">The topics that it visits.</param>
    private bool Hear(in Publication publication, List<TopicId> topics) =>
        topics.Count > 0 && _life.Node.Subscriptions.Hear(publication, topics);
}
