namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>Something that apply did.</summary>
/// <param name="Member">Name of the member; empty for a change of the group.</param>
internal readonly record struct ConsumerGroupEffect(
    ConsumerGroupEffectKind Kind, ConsumerGroupKey Group, string Member = "");
