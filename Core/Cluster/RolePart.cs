namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What the leader of a data group does for one part of its machine: volatile, on the group's thread, started anew by
/// every leader.
/// </summary>
internal abstract class RolePart
{
    /// <summary>The host that runs the group; called once, before it starts.</summary>
    public void Attach(GroupHost host) => Host = host;

    protected GroupHost Host { get; private set; } = null!;

    /// <summary>Which requests are for it; unique on the wire: <see cref="PartAsk.Part"/>.</summary>
    public abstract byte Number { get; }

    /// <summary>This member leads.</summary>
    public virtual void Activate(long nowMs)
    {
    }

    /// <summary>It leads no more; everything volatile is dropped.</summary>
    public virtual void Deactivate()
    {
    }

    /// <summary>An entry was applied; only while active.</summary>
    public virtual void Applied(long nowMs)
    {
    }

    /// <summary>A request of a node, in the part's own encoding; only while active.</summary>
    public abstract void Handle(in NodeRequest request, ReadOnlyMemory<byte> body, long nowMs);

    /// <summary>Deadlines; only while active.</summary>
    public virtual void Advance(long nowMs)
    {
    }

    /// <summary>Log time at which <see cref="Advance"/> is due again; null when nothing is.</summary>
    public virtual long? NextDeadlineMs => null;
}
