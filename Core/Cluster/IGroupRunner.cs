namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Runs the passes of one group, one after the other: when it is woken, and when the time has come that the
/// pass before asked for. A thread in the product, an event queue in simulation. Once it is disposed of no pass runs, and
/// none will.</summary>
internal interface IGroupRunner : IAsyncDisposable
{
    /// <summary>From now on passes run.</summary>
    void Start();

    /// <summary>There is something to do. Any thread.</summary>
    void Wake();
}
