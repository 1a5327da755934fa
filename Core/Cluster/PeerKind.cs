namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a message between nodes is. On the wire: never renumber within a protocol version.</summary>
internal enum PeerKind : byte
{
    Raft = 1,
    LaneBatch = 2,
    LaneAnswer = 3,
    Request = 4,
    Response = 5,
    Deliveries = 6,
    Bootstrap = 12,
    Resync = 14,
    SnapshotEntries = 15,
    SnapshotState = 16,
    SnapshotDone = 17,
    SnapshotAnswer = 18,
    SnapshotBlocks = 19,
    TakenOver = 21,
    ConsumerGroupChanged = 22,
    Space = 23,
    HandOver = 24,
    SnapshotBegin = 25,

    // Subscriptions.
    Filters = 32,
    FiltersTaken = 33,
    Heard = 34,
    HeardMark = 35,
    HeardTaken = 36,

    // Clients that are there, and those of nodes that died.
    Presence = 40,
    PresenceTaken = 41,
    LostAsked = 42,
    LostTold = 43,
    EarlierAsked = 44,
    EarlierTold = 45,
}
