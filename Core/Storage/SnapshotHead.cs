using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What a snapshot file says about itself.</summary>
/// <param name="StateBytes">Bytes of the state machine's own content.</param>
/// <param name="Sequence">Durable frame sequence when it was begun; void if the group was dropped after
/// it.</param>
internal sealed record SnapshotHead(SnapshotMark Mark, long StateBytes, long Sequence);
