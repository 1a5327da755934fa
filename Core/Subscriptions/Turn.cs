namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>Whose turn it is in a share group; outlives changes of the group. Any thread.</summary>
internal sealed class Turn
{
    private int _last = -1;

    /// <summary>0, 1, 2...; after 2^32 of them from 0 again.</summary>
    public uint Next() => unchecked((uint)Interlocked.Increment(ref _last));
}
