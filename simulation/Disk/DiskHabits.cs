namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>What the crashes on a disk are like.</summary>
/// <param name="LateKeeperChance">How probably one finds the store behind with what it does beside writing.</param>
/// <param name="BrokenStartChance">How probably a process dies while it opens the store, before each that does
/// not.</param>
/// <param name="SealsInOneWrite">As in <see cref="HalfSeal"/>.</param>
internal sealed record DiskHabits(double LateKeeperChance, double BrokenStartChance, bool SealsInOneWrite);
