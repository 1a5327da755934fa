namespace Cmq.MultiProtocol.Benchmarks.Compare.Sides;

/// <summary>One or three nodes under way. Disposing it ends what was started, by its process ids.</summary>
/// <param name="addresses">Of the nodes, for the clients.</param>
/// <param name="pids">Whose processor time counts.</param>
/// <param name="stop">Ends them.</param>
public sealed class RunningBroker(IReadOnlyList<string> addresses, IReadOnlyList<int> pids, Func<Task> stop)
    : IAsyncDisposable
{
    public IReadOnlyList<string> Addresses => addresses;

    public IReadOnlyList<int> Pids => pids;

    public async ValueTask DisposeAsync() => await stop();
}
