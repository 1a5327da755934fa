using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What a snapshot file says about itself.</summary>
/// <param name="TableBytes">Bytes of the list of blocks (<see cref="BlockTable"/>), which comes first.</param>
/// <param name="StateBytes">Bytes of the state machine's own content.</param>
/// <param name="Sequence">Durable frame sequence when it was begun; void if the group was dropped after
/// it.</param>
/// <param name="CountsWhenInstalled">It came from the leader, and the entries staged with it: it is void unless the log
/// has the frame that installs both.</param>
internal sealed record SnapshotHead(
    SnapshotMark Mark, long TableBytes, long StateBytes, long Sequence, bool CountsWhenInstalled);
