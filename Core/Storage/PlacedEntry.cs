namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>An entry that is enqueued and not yet durable.</summary>
/// <param name="Sequence">Of its frame.</param>
/// <param name="Weight">What it is worth where it lies, as <see cref="EntryRun.Weight"/>.</param>
internal readonly record struct PlacedEntry(
    GroupId Group, long Index, long Term, EntryLocation Location, long Sequence, int Weight);
