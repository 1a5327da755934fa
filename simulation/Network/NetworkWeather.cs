namespace Cmq.MultiProtocol.Simulation.Network;

/// <summary>What the network of one world is like.</summary>
/// <param name="MinDelayUs">Fastest way of a message, microseconds.</param>
/// <param name="MeanDelayUs">What usually comes on top.</param>
/// <param name="SlowChance">How probably a message takes <paramref name="SlowUs"/> more; what follows on its lane waits
/// behind it, the other lanes overtake it.</param>
/// <param name="SlowUs">See there.</param>
/// <param name="BreakChance">How probably the connection breaks at a message, which is lost with what follows.</param>
/// <param name="RefuseChance">How probably a message is not taken, as by a full queue.</param>
/// <param name="RepeatChance">How probably a Raft message arrives twice, up to <paramref name="StrayUs"/> later.</param>
/// <param name="StrayChance">How probably a Raft message arrives out of its lane's turn: ahead of what waits there, or up
/// to <paramref name="StrayUs"/> behind what was sent after it.</param>
/// <param name="StrayUs">See there.</param>
internal sealed record NetworkWeather(
    long MinDelayUs,
    long MeanDelayUs,
    double SlowChance,
    long SlowUs,
    double BreakChance,
    double RefuseChance,
    double RepeatChance,
    double StrayChance,
    long StrayUs)
{
    public static readonly NetworkWeather Fair = new(100, 300, 0, 0, 0, 0, 0, 0, 0);
}
