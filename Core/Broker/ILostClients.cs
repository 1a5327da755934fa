namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Told of clients whose node died.</summary>
public interface ILostClients
{
    /// <summary>Some of a dead node's clients, on one of the nodes that are left: each client once, and once more only if
    /// this node dies, too, before all of them were told. Until the task is done none of them appears anywhere else
    /// (<see cref="ISession.AppearAsync"/>), so what is told of their end is told before. Core threads; one call at a
    /// time.</summary>
    ValueTask LostAsync(IReadOnlyList<LostClient> clients, CancellationToken cancellation);
}
