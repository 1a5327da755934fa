using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What the writer thread is asked to do, in order.</summary>
internal abstract record WorkItem
{
    /// <summary>Counts against the bounded queue until durable.</summary>
    public virtual long Bytes => 0;

    public sealed record Write(StoreWrite Request, long Size) : WorkItem
    {
        public override long Bytes => Size;
    }

    public sealed record TakeSnapshot(GroupId Group, SnapshotMark Mark, Ticket Done) : WorkItem;

    public sealed record Stage(GroupId Group, IReadOnlyList<Entry> Entries, long Size, Ticket Done) : WorkItem
    {
        public override long Bytes => Size;
    }

    public sealed record DropStaged(GroupId Group, Ticket Done) : WorkItem;

    public sealed record Install(GroupId Group, SnapshotMark Mark, Ticket Done) : WorkItem;

    public sealed record DropGroup(GroupId Group, Ticket Done) : WorkItem;

    public sealed record Rewrite(
        GroupId Group, SparseRun Run, long UpTo, IReadOnlyList<Entry> Entries, int Weight, long Size, Ticket Done)
        : WorkItem
    {
        public override long Bytes => Size;
    }

    public sealed record ReleaseDead : WorkItem;
}
