namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>A read may be served once everything up to <paramref name="Index"/> is applied (thesis, section
/// 6.4).</summary>
/// <param name="Context">What the caller gave to <see cref="RaftNode.TryReadIndex"/>.</param>
public readonly record struct ReadState(ulong Context, long Index);
