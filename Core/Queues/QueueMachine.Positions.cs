namespace Cmq.MultiProtocol.Core.Queues;

/// <content>Places in the whole cluster.</content>
public sealed partial class QueueMachine
{
    private long _nextPosition;

    /// <summary>Numbers a message of this group for the whole cluster; never twice the same.</summary>
    internal long TakePosition() => Positions.Of(Group, _nextPosition++);

    private bool HasPositions => _nextPosition < Positions.MaxCount;
}
