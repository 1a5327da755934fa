using Cmq.MultiProtocol.Simulation.Plants;

namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>What a world is made from; all of it together decides everything that happens in it.</summary>
/// <param name="Seed">Draws everything.</param>
/// <param name="Plant">A bug that is put in on purpose.</param>
/// <param name="Lines">Where the trace is printed; null = nowhere. Changes nothing.</param>
internal sealed record WorldOptions(ulong Seed, Plant Plant, TextWriter? Lines);
