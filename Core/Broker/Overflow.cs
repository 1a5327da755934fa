namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>What a queue at its length limit does with one more message. On disk: never renumber.</summary>
public enum Overflow : byte
{
    /// <summary>The oldest ready message is dropped, or dead-lettered as <see cref="DeathReason.MaxLength"/>.</summary>
    DropOldest = 0,

    /// <summary>The publisher is told <see cref="Reply.Full"/>.</summary>
    Refuse = 1,
}
