using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Listening in memory, and publishing to those who do.</content>
internal sealed partial class BrokerConnection
{
    private readonly List<TopicId> _topics = [];
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

    /// <summary>Where routing puts the topics that a message visits; null while nobody listens to anything.</summary>
    private List<TopicId>? Listening
    {
        get
        {
            _topics.Clear();
            return _life.Node.Subscriptions.Table.IsEmpty ? null : _topics;
        }
    }

    /// <summary>Gives a publication that was just routed to everyone who listens.</summary>
    private bool Hear(in Publication publication) =>
        _topics.Count > 0 && _life.Node.Subscriptions.Hear(publication, _topics);
}
