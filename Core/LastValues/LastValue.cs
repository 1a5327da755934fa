using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.LastValues;

/// <summary>The newest retained message of one topic and key.</summary>
/// <param name="Unit">Where it is stored.</param>
/// <param name="ExpiresMs">Log time at which it counts no more; <see cref="long.MaxValue"/> = never.</param>
internal readonly record struct LastValue(UnitRef Unit, long ExpiresMs);
