using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A store that does what another one does; plants change a part of it.</summary>
internal abstract class StoreWrapper(ILogStore inner) : ILogStore
{
    public event Action<Exception>? Failed
    {
        add => inner.Failed += value;
        remove => inner.Failed -= value;
    }

    public Guid StoreId => inner.StoreId;

    public long Incarnation => inner.Incarnation;

    public virtual IReadOnlyDictionary<GroupId, RecoveredGroup> Recovered => inner.Recovered;

    public long WrittenBytes => inner.WrittenBytes;

    public long DiskBytes => inner.DiskBytes;

    public virtual void Append(StoreWrite write) => inner.Append(write);

    public virtual IReadOnlyList<Entry> Read(GroupId group, long first, long last, int maxBytes) =>
        inner.Read(group, first, last, maxBytes);

    public bool TryGetTerm(GroupId group, long index, out long term) => inner.TryGetTerm(group, index, out term);

    public virtual void SaveSnapshot(
        GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state, IBlockSet? blocks = null) =>
        inner.SaveSnapshot(group, mark, state, blocks);

    public IGroupBlocks Blocks(GroupId group) => inner.Blocks(group);

    public bool TryReadSnapshot(GroupId group, out SnapshotMark? mark, out ReadOnlySequence<byte> state) =>
        inner.TryReadSnapshot(group, out mark, out state);

    public virtual void Reclaim(
        GroupId group, IReadOnlyList<long> liveIndexes, long wholeFrom = long.MaxValue) =>
        inner.Reclaim(group, liveIndexes, wholeFrom);

    public bool IsShort
    {
        get => inner.IsShort;
        set => inner.IsShort = value;
    }

    public SparseRun? FindSparse(GroupId group) => inner.FindSparse(group);

    public virtual void Rewrite(
        GroupId group, SparseRun run, long upTo, IReadOnlyList<Entry> entries, long weight) =>
        inner.Rewrite(group, run, upTo, entries, weight);

    public long FirstWithin(GroupId group, long bytes) => inner.FirstWithin(group, bytes);

    public void DropGroup(GroupId group) => inner.DropGroup(group);

    public void Stage(GroupId group, IReadOnlyList<Entry> entries) => inner.Stage(group, entries);

    public void StageBlocks(GroupId group, IReadOnlyList<Block> blocks) => inner.StageBlocks(group, blocks);

    public void DropStaged(GroupId group) => inner.DropStaged(group);

    public long ResumeStaged(GroupId group) => inner.ResumeStaged(group);

    public void Install(GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state) =>
        inner.Install(group, mark, state);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
