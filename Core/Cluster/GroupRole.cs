namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What only a group's leader does beside replicating: volatile, on the group's thread, started anew by every leader.
/// </summary>
internal abstract class GroupRole
{
    /// <summary>The host that runs the role; called once, before it starts.</summary>
    public virtual void Attach(GroupHost host) => Host = host;

    protected GroupHost Host { get; private set; } = null!;

    /// <summary>This member leads, and all entries of earlier terms are applied.</summary>
    public abstract void Activate(long nowMs);

    /// <summary>It leads no more; everything volatile is dropped.</summary>
    public abstract void Deactivate();

    /// <summary>An entry was applied. Called on every member; roles act on it only while active.</summary>
    public abstract void Applied(long nowMs);

    /// <summary>A request of a node; only while active.</summary>
    public abstract void Handle(in NodeRequest request, long nowMs);

    /// <summary>A request that there was no room for is answered, not dropped. Any thread.</summary>
    public abstract void Refuse(in NodeRequest request);

    /// <summary>The way to a node broke: what was on it may be lost.</summary>
    public virtual void PeerDisconnected(NodeId peer)
    {
    }

    /// <summary>Deadlines; only while active.</summary>
    public abstract void Advance(long nowMs);

    /// <summary>The end of a pass of the loop; only while active.</summary>
    public abstract void Pump(long nowMs);

    /// <summary>Log time at which <see cref="Advance"/> is due again; null when nothing is.</summary>
    public abstract long? NextDeadlineMs { get; }
}
