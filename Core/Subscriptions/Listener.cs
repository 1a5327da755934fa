namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>One filter of one connection of this node; immutable.</summary>
internal sealed class Listener(Subscriber subscriber, FilterKey filter, bool transientOnly)
{
    public Subscriber Subscriber => subscriber;

    public FilterKey Filter => filter;

    /// <summary>Hears only what is not persistent.</summary>
    public bool TransientOnly => transientOnly;
}
