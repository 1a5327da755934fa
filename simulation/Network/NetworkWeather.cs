namespace Cmq.MultiProtocol.Simulation.Network;

/// <summary>What the network of one world is like.</summary>
/// <param name="MinDelayUs">Fastest way of a message, microseconds.</param>
/// <param name="MeanDelayUs">What usually comes on top.</param>
/// <param name="SlowChance">How probably a message takes <paramref name="SlowUs"/> more; what follows on its lane waits
/// behind it, the other lanes overtake it.</param>
/// <param name="SlowUs">See there.</param>
/// <param name="BreakChance">How probably the connection breaks at a message, which is lost with what follows.</param>
/// <param name="RefuseChance">How probably a message is not taken, as by a full queue.</param>
internal sealed record NetworkWeather(
    long MinDelayUs, long MeanDelayUs, double SlowChance, long SlowUs, double BreakChance, double RefuseChance)
{
    public static readonly NetworkWeather Fair = new(100, 300, 0, 0, 0, 0);
}
