namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Who is attached.</summary>
internal sealed partial class QueueState
{
    private SortedDictionary<ConsumerKey, Attachment>? _consumers;

    public int ConsumerCount => _consumers?.Count ?? 0;

    public IEnumerable<KeyValuePair<ConsumerKey, Attachment>> Consumers => _consumers ?? [];

    /// <summary>The consumer with an epoch; at most one has.</summary>
    public ConsumerKey? OwnerConsumer { get; private set; }

    /// <summary>An owner consumes it, and nobody beside.</summary>
    public bool IsOwnersAlone => OwnerConsumer is not null && ConsumerCount == 1;

    public bool IsAttached(ConsumerKey consumer) => _consumers?.ContainsKey(consumer) == true;

    /// <summary>An owner that comes with a higher epoch than the present one replaces it: that is to be detached
    /// before.</summary>
    public bool IsReplacedBy(Attachment attachment) =>
        OwnerConsumer is { } present && attachment.Epoch > _consumers![present].Epoch;

    /// <returns>Ok, ExclusiveUse, Locked, LimitReached, Gone.</returns>
    public Reply Attach(ConsumerKey consumer, Attachment attachment, int most)
    {
        if (Definition.Owner is { } owner && owner != consumer.Connection)
            return Reply.Locked;
        if (IsAttached(consumer))
            return Reply.Ok;
        if (attachment.Epoch > 0 && OwnerConsumer is not null)
            return Reply.Gone;
        _consumers ??= new SortedDictionary<ConsumerKey, Attachment>(ConsumerOrder.Instance);
        if (_consumers.Count > 0 && attachment.Exclusive)
            return Reply.ExclusiveUse;
        if (_consumers.Count >= most)
            return Reply.LimitReached;
        foreach (Attachment present in _consumers.Values)
        {
            // An exclusive one is alone, so the first tells.
            if (present.Exclusive)
                return Reply.ExclusiveUse;
            break;
        }

        Add(consumer, attachment);
        return Reply.Ok;
    }

    public bool Detach(ConsumerKey consumer)
    {
        if (consumer == OwnerConsumer)
            OwnerConsumer = null;
        return _consumers is not null && _consumers.Remove(consumer);
    }

    /// <summary>The consumers of a connection, in order.</summary>
    public List<ConsumerKey> ConsumersOf(ConnectionKey connection)
    {
        var found = new List<ConsumerKey>();
        foreach (ConsumerKey consumer in _consumers?.Keys ?? Enumerable.Empty<ConsumerKey>())
        {
            if (consumer.Connection == connection)
                found.Add(consumer);
        }

        return found;
    }

    private void Add(ConsumerKey consumer, Attachment attachment)
    {
        _consumers ??= new SortedDictionary<ConsumerKey, Attachment>(ConsumerOrder.Instance);
        _consumers.Add(consumer, attachment);
        if (attachment.Epoch > 0)
            OwnerConsumer = consumer;
    }
}
