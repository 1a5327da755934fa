using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What an <see cref="InMemoryLogStore"/> has made durable; outlives it, as a disk outlives a
/// process.</summary>
/// <param name="storeId">The store's id; a new disk with a new id is a new replica.</param>
public sealed class InMemoryDisk(Guid storeId)
{
    internal sealed class Group
    {
        public HardState HardState { get; set; }

        public SortedDictionary<long, Entry> Entries { get; } = [];

        /// <summary>Last index written and not superseded, 0 for none; it may lie below the
        /// snapshot.</summary>
        public long LastEntry { get; set; }

        /// <summary>Entries of a snapshot that is being received; forgotten with the process.</summary>
        public SortedDictionary<long, Entry> Staged { get; } = [];

        /// <summary>The log begins above this: entries at or below it came with a snapshot.</summary>
        public long Installed { get; set; }

        /// <summary>Entries up to it have been rewritten once, or died.</summary>
        public long RewrittenUpTo { get; set; }

        public SnapshotMark? Snapshot { get; set; }

        public byte[] State { get; set; } = [];

        /// <summary>Blocks that the snapshot names.</summary>
        public Dictionary<BlockName, byte[]> Blocks { get; set; } = [];

        /// <summary>Blocks of a snapshot that is being received; forgotten with the process.</summary>
        public Dictionary<BlockName, byte[]> StagedBlocks { get; set; } = [];

        public void Clear()
        {
            Entries.Clear();
            LastEntry = 0;
            Installed = 0;
            RewrittenUpTo = 0;
        }
    }

    public Guid StoreId { get; } = storeId;

    /// <summary>Openings so far.</summary>
    public long Incarnation { get; internal set; }

    internal Dictionary<GroupId, Group> Groups { get; } = [];

    internal InMemoryLogStore? OpenedBy { get; set; }
}
