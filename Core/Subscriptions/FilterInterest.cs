namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>What a node wants by one filter, as it tells the others; the whole of it, not a difference.</summary>
/// <param name="Filter">The filter.</param>
/// <param name="ToAll">In a share group the count of its connections that hear everything; else 1 if there is
/// one.</param>
/// <param name="TransientOnly">The same of those that hear only what is not persistent.</param>
internal readonly record struct FilterInterest(FilterKey Filter, int ToAll, int TransientOnly)
{
    public bool IsNone => ToAll == 0 && TransientOnly == 0;
}
