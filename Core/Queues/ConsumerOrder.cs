namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>An order of consumers that is the same on every member.</summary>
internal sealed class ConsumerOrder : IComparer<ConsumerKey>
{
    public static readonly ConsumerOrder Instance = new();

    public int Compare(ConsumerKey x, ConsumerKey y)
    {
        int order = x.Connection.Owner.Node.Value.CompareTo(y.Connection.Owner.Node.Value);
        order = order != 0 ? order : x.Connection.Owner.Incarnation.CompareTo(y.Connection.Owner.Incarnation);
        order = order != 0 ? order : x.Connection.Number.CompareTo(y.Connection.Number);
        return order != 0 ? order : x.Number.CompareTo(y.Number);
    }
}
