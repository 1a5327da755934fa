namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Bytes that the requests under way of one connection hold: their bodies, and what pulls that are reading may
/// get. Owned by the connection's loop, like whatever takes and gives here.</summary>
internal sealed class RocketMqBudget
{
    public long TakenBytes { get; private set; }

    public void Take(long bytes) => TakenBytes += bytes;

    public void Give(long bytes) => TakenBytes -= bytes;
}
