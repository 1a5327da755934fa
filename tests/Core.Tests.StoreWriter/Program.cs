using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Core.Tests.StoreWriter;

// Appends to the store in args[0] until it is killed; prints "group index term" for what is durable.
await using FasterLogStore store = FasterLogStore.Open(new LogStoreOptions
{
    Directory = args[0],
    SegmentBits = 17,
    PageBits = 13,
    MemoryBits = 16,
    MaxPendingBytes = 1 << 18,
    BlockFileBytes = 1 << 16,
});
store.Failed += e => Environment.FailFast("the store failed", e);

long term = store.Incarnation;
long[] last = new long[WriterScript.Groups];
long[] snapshot = new long[WriterScript.Groups];
Entry[][] alive = new Entry[WriterScript.Groups][];
for (int g = 0; g < last.Length; g++)
{
    RecoveredGroup? found = store.Recovered.GetValueOrDefault(new GroupId(g));
    last[g] = found?.LastIndex ?? 0;
    snapshot[g] = found?.Snapshot?.Index ?? 0;
    alive[g] = store.TryReadSnapshot(new GroupId(g), out _, out ReadOnlySequence<byte> state)
        ? [.. WriterScript.LiveEntries(new GroupId(g), state)]
        : [];
}

var random = new Random((int)term);
Stream output = Console.OpenStandardOutput();
var members = new GroupMembers([new NodeId(1)], []);
for (long round = 1; ; round++)
{
    var group = new GroupId(random.Next(WriterScript.Groups));
    ref long tail = ref last[group.Value];
    int count = random.Next(1, 6);
    Entry[] entries = new Entry[count];
    for (int i = 0; i < count; i++)
        entries[i] = WriterScript.EntryOf(group, tail + 1 + i, term);
    tail += count;
    byte[] line = System.Text.Encoding.ASCII.GetBytes($"{group.Value} {tail} {term}\n");
    var hardState = new HardState(term, new NodeId(1), tail - count);
    store.Append(new StoreWrite(group, hardState, entries, () => output.Write(line)));

    if (round % 150 == 0)
    {
        // The leader's snapshot overtakes this log, and conflicts with its end.
        long end = tail;
        long[] live = [.. Enumerable.Range(0, 12).Select(i => end - 60 + i * 10).Where(index => index > 0)];
        var mark = new SnapshotMark(end + 80, term, members);
        foreach (long[] chunk in live.Chunk(7))
            store.Stage(group, [.. chunk.Select(index => WriterScript.EntryOf(group, index, term))]);
        BlockName[] blockNames = WriterScript.InstalledBlocks(group, mark.Index);
        store.StageBlocks(group, [.. blockNames.Select(name => new Block(name, WriterScript.BlockOf(name)))]);
        store.Install(group, mark, WriterScript.InstalledState(term, live));
        tail = snapshot[group.Value] = mark.Index;
        output.Write(System.Text.Encoding.ASCII.GetBytes($"{group.Value} {tail} {term}\n"));
        alive[group.Value] = [.. live.Select(index => WriterScript.EntryOf(group, index, term))];
        store.Reclaim(group, live);
    }

    if (store.FindSparse(group) is { } run)
    {
        // Two at a time, so that a kill finds a run half moved.
        Entry[] next = [.. alive[group.Value].Where(e => e.Index >= run.First && e.Index <= run.Last).Take(2)];
        Entry[] moved = [.. next.Select(e => store.Read(group, e.Index, e.Index, int.MaxValue)[0])];
        store.Rewrite(group, run, next.Length < 2 ? run.Last : next[^1].Index, moved, moved.Length * IndexSet.FullWeight);
    }

    if (round % 40 == 0 && tail - 100 > snapshot[group.Value])
    {
        long index = tail - 100;
        if (store.TryGetTerm(group, index, out long at))
        {
            IGroupBlocks blocks = store.Blocks(group);
            for (int i = 2; i < 7; i++)
            {
                BlockName name = WriterScript.NameOf(group, (index * 10) + i);
                blocks.Put(name, WriterScript.BlockOf(name));
            }

            using IBlockSet named = blocks.Capture();
            store.SaveSnapshot(
                group, new SnapshotMark(index, at, members), WriterScript.SavedState(named.Names, alive[group.Value]), named);
            foreach (BlockName old in named.Names.OrderByDescending(name => name.First).Skip(12))
                blocks.Forget(old);
            snapshot[group.Value] = index;
            store.Reclaim(group, [.. alive[group.Value].Select(entry => entry.Index)]);
        }
    }
}
