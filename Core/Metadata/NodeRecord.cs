namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>What the directory remembers of a node.</summary>
/// <param name="Info">Its latest incarnation.</param>
/// <param name="Live">False once that incarnation was ended: it and earlier ones never come back.</param>
internal sealed record NodeRecord(NodeInfo Info, bool Live);
