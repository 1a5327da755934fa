using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The bodies of snapshot chunks, and the bulk lane that carries them.</summary>
internal static class SnapshotChunks
{
    public static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(20);

    /// <summary>Puts a message into the bulk lane, and waits while that is full. A broken connection cancels.</summary>
    public static async Task SendAsync(
        NodeServices services, NodeId peer, PeerMessage message, CancellationToken cancellation)
    {
        while (!services.Links.SendPeer(peer, PeerLane.Bulk, message))
            await Task.Delay(Retry, services.Time, cancellation).ConfigureAwait(false);
    }

    /// <summary>What a follower says of a transfer.</summary>
    public static PeerMessage Answer(GroupId group, long session, SnapshotVerdict verdict, long number)
    {
        var output = new ArrayBufferWriter<byte>(32);
        output.WriteInt64(session);
        output.WriteByte((byte)verdict);
        output.WriteInt64(number);
        return new PeerMessage((byte)PeerKind.SnapshotAnswer, group, output.WrittenMemory);
    }

    /// <summary>Reads what a chunk has, as far as it is not the group's state.</summary>
    /// <exception cref="MalformedException">It has something else.</exception>
    public static void Check(PeerKind kind, ReadOnlyMemory<byte> body)
    {
        switch (kind)
        {
            case PeerKind.SnapshotBegin or PeerKind.SnapshotDone:
                ReadMark(body);
                break;
            case PeerKind.SnapshotEntries:
                ReadEntries(body);
                break;
            case PeerKind.SnapshotBlocks:
                ReadBlocks(body);
                break;
        }
    }

    public static void WriteEntries(IBufferWriter<byte> output, IReadOnlyList<Entry> entries)
    {
        output.WriteInt32(entries.Count);
        foreach (Entry entry in entries)
        {
            output.WriteInt64(entry.Index);
            output.WriteInt64(entry.Term);
            output.WriteByte((byte)entry.Kind);
            output.WriteBytes(entry.Payload.Span);
        }
    }

    public static IReadOnlyList<Entry> ReadEntries(ReadOnlyMemory<byte> chunk)
    {
        var reader = new StateReader(chunk);
        List<Entry> entries = [];
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            var entry = new Entry(
                reader.ReadInt64(), reader.ReadInt64(), (EntryKind)reader.ReadByte(), reader.ReadBytes());
            MalformedException.ThrowIf(
                entry.Index <= (entries.Count == 0 ? 0 : entries[^1].Index) || entry.Term < 1
                || entry.Kind > EntryKind.Configuration,
                "an entry is none, or not in its place");
            entries.Add(entry);
        }

        return entries;
    }

    public static void WriteBlocks(IBufferWriter<byte> output, IReadOnlyList<Block> blocks)
    {
        output.WriteInt32(blocks.Count);
        foreach (Block block in blocks)
        {
            output.WriteInt64(block.Name.Queue.Value);
            output.WriteInt64(block.Name.First);
            output.WriteBytes(block.Bytes.Span);
        }
    }

    public static IReadOnlyList<Block> ReadBlocks(ReadOnlyMemory<byte> chunk)
    {
        var reader = new StateReader(chunk);
        List<Block> blocks = [];
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            var name = new BlockName(new QueueId(reader.ReadInt64()), reader.ReadInt64());
            blocks.Add(new Block(name, reader.ReadBytes()));
        }

        return blocks;
    }

    public static void WriteMark(IBufferWriter<byte> output, SnapshotMark mark)
    {
        output.WriteInt64(mark.Index);
        output.WriteInt64(mark.Term);
        output.WriteBytes(GroupMembersCodec.ToBytes(mark.Members));
    }

    public static SnapshotMark ReadMark(ReadOnlyMemory<byte> chunk)
    {
        var reader = new StateReader(chunk);
        var mark = new SnapshotMark(
            reader.ReadInt64(), reader.ReadInt64(), GroupMembersCodec.Read(reader.ReadBytes().Span));
        MalformedException.ThrowIf(mark.Index < 1 || mark.Term < 1, "a snapshot stands at no entry");
        return mark;
    }
}
