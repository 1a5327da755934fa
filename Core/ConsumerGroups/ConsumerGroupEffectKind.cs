namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>What apply did, for the leader.</summary>
internal enum ConsumerGroupEffectKind
{
    /// <summary>A member joined, or joined anew.</summary>
    Joined,

    /// <summary>A member is one no more.</summary>
    Left,

    /// <summary>The group has another generation.</summary>
    Changed,
}
