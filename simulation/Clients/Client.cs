using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Someone who uses the broker: looks for a node that serves, works there until the connection is lost, and
/// begins anew.</summary>
internal abstract class Client(World world, string name)
{
    private const long LookAgainUs = 200_000;

    private bool _isLeaving;

    protected World World => world;

    protected Dice Dice { get; } = world.Dice.Fork(name);

    /// <summary>The client may now end; it does when its session does.</summary>
    protected bool IsLeaving => _isLeaving;

    public void Leave() => _isLeaving = true;

    public async Task RunAsync()
    {
        while (!_isLeaving)
        {
            ClientSession? session = world.Connect(Dice);
            if (session is null)
            {
                await world.DelayAsync(Dice.Between(LookAgainUs / 2, LookAgainUs)).ConfigureAwait(false);
                continue;
            }

            try
            {
                await WorkAsync(session).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (session.Lost.IsCancellationRequested)
            {
                world.Trace.Note(session.Node.Id.Value, "client lost", session.Number);
            }

            await world.EndAsync(session).ConfigureAwait(false);
        }
    }

    /// <summary>Works until it has had enough, or the session is lost.</summary>
    protected abstract Task WorkAsync(ClientSession session);

    protected static Task<T> Within<T>(ClientSession session, ValueTask<T> operation) =>
        operation.AsTask().WaitAsync(session.Lost);
}
