namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// The waiting receives of a queue, first come first served; together they take turns as one consumer.
/// </summary>
internal sealed class ReceiveLine() : Taker(priority: 0)
{
    private readonly LinkedList<WaitingReceive> _line = [];

    public int Count => _line.Count;

    public override bool Wants => _line.Count > 0;

    public void Join(WaitingReceive receive) => receive.Place = _line.AddLast(receive);

    /// <summary>Back to the front: what was picked for it could not be checked out.</summary>
    public void Rejoin(WaitingReceive receive) => receive.Place = _line.AddFirst(receive);

    public WaitingReceive First => _line.First!.Value;

    public void Leave(WaitingReceive receive)
    {
        if (receive.Place is null)
            return;
        _line.Remove(receive.Place);
        receive.Place = null;
    }
}
