using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>A snapshot file in place.</summary>
/// <param name="Bytes">Bytes of the file.</param>
internal sealed record StoredSnapshot(SnapshotMark Mark, long Bytes);
