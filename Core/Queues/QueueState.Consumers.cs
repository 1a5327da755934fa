namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Who is attached.</summary>
internal sealed partial class QueueState
{
    private SortedDictionary<ConsumerKey, Attachment>? _consumers;

    public int ConsumerCount => _consumers?.Count ?? 0;

    public IEnumerable<KeyValuePair<ConsumerKey, Attachment>> Consumers => _consumers ?? [];

    /// <returns>Ok, ExclusiveUse, Locked, LimitReached.</returns>
    public Reply Attach(ConsumerKey consumer, Attachment attachment, int most)
    {
        if (Definition.Owner is { } owner && owner != consumer.Connection)
            return Reply.Locked;
        _consumers ??= new SortedDictionary<ConsumerKey, Attachment>(ConsumerOrder.Instance);
        if (_consumers.ContainsKey(consumer))
            return Reply.Ok;
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

        _consumers.Add(consumer, attachment);
        return Reply.Ok;
    }

    public bool Detach(ConsumerKey consumer) => _consumers is not null && _consumers.Remove(consumer);

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
}
