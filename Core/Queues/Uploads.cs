using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Bodies that go ahead of their publish, until it takes them or nothing came for a while.</summary>
internal sealed class Uploads(QueueMachineOptions options, LiveEntries live)
{
    private readonly Dictionary<(LaneSource Source, long Number), Upload> _uploads = [];

    /// <summary>
    /// Log time at which the first of them is garbage; <see cref="long.MaxValue"/> = there is none.
    /// </summary>
    public long NextDueMs
    {
        get
        {
            long dueMs = long.MaxValue;
            foreach (((LaneSource source, _), Upload upload) in _uploads)
            {
                if (source.Kind != LaneSourceKind.Group)
                    dueMs = Math.Min(dueMs, upload.LastMs + options.UploadTimeoutMs);
            }

            return dueMs;
        }
    }

    /// <returns>Ok, TooLarge, LimitReached.</returns>
    public Reply Add(in CommandMeta meta, long number, int bytes, int commandBytes)
    {
        var key = (meta.Source, number);
        if (!_uploads.TryGetValue(key, out Upload? upload))
        {
            // Another group's is one at a time, and must arrive: its message is nowhere else any more.
            bool isMany = _uploads.Count >= options.MaxUploads && meta.Source.Kind != LaneSourceKind.Group;
            if (isMany || IsStoreFull(commandBytes))
                return Reply.LimitReached;
            _uploads.Add(key, upload = new Upload());
        }

        // A refused piece leaves a gap that the publish sees in the length.
        upload.LastMs = meta.TimestampMs;
        if (upload.Bytes + bytes > options.MaxMessageBytes)
            return Reply.TooLarge;
        if (IsStoreFull(commandBytes))
            return Reply.LimitReached;
        upload.Bytes += bytes;
        upload.Chunks.Add(new UnitRef(meta.Index, meta.Slot));
        live.Add(meta.Index);
        live.AddBytes(meta.Index, commandBytes);
        return Reply.Ok;
    }

    /// <summary>Takes a body out of the list; the caller owns the references from now on.</summary>
    /// <returns>False, with everything released, when it is not there or not whole.</returns>
    public bool TryTake(LaneSource source, long number, long bytes, out UnitRef[] chunks)
    {
        chunks = [];
        if (!_uploads.Remove((source, number), out Upload? upload))
            return false;
        if (upload.Bytes != bytes)
        {
            Release(upload);
            return false;
        }

        chunks = [.. upload.Chunks];
        return true;
    }

    /// <summary>Drops what has waited too long.</summary>
    public void DropOld(long nowMs) =>
        DropWhere(
            static (source, upload, limitMs) => source.Kind != LaneSourceKind.Group && upload.LastMs <= limitMs,
            nowMs - options.UploadTimeoutMs);

    /// <summary>Drops what a life of a node began.</summary>
    public void DropFrom(NodeIncarnation node) =>
        DropWhere(
            static (source, _, gone) => source == LaneSource.Of(gone)
                || source == new LaneSource(LaneSourceKind.Group, GroupId.LocalOf(gone.Node).Value, gone.Incarnation),
            node);

    public void FindLive(LiveSlots live)
    {
        foreach (Upload upload in _uploads.Values)
        {
            foreach (UnitRef chunk in upload.Chunks)
                live.Add(chunk);
        }
    }

    public void Write(IBufferWriter<byte> output)
    {
        (LaneSource Source, long Number)[] keys = SortedKeys();
        output.PutCount(keys.Length);
        foreach ((LaneSource source, long number) in keys)
        {
            Upload upload = _uploads[(source, number)];
            output.PutByte((byte)source.Kind);
            output.PutInt32(source.Id);
            output.PutInt64(source.Incarnation);
            output.PutInt64(number);
            output.PutInt64(upload.Bytes);
            output.PutInt64(upload.LastMs);
            output.PutCount(upload.Chunks.Count);
            foreach (UnitRef chunk in upload.Chunks)
                output.PutUnit(chunk);
        }
    }

    public void Read(ref QueueCommandReader input)
    {
        for (int count = input.ReadCount(); count > 0; count--)
        {
            var source = new LaneSource(
                (LaneSourceKind)input.ReadByte(), input.ReadInt32(), input.ReadInt64());
            long number = input.ReadInt64();
            var upload = new Upload { Bytes = input.ReadInt64(), LastMs = input.ReadInt64() };
            for (int chunks = input.ReadCount(); chunks > 0; chunks--)
                upload.Chunks.Add(input.ReadUnit());
            _uploads.Add((source, number), upload);
        }
    }

    private bool IsStoreFull(int bytes) =>
        options.MaxStoredBytes is { } limit && live.TotalBytes + bytes > limit;

    private void DropWhere<T>(Func<LaneSource, Upload, T, bool> isOver, T argument)
    {
        List<(LaneSource, long)>? over = null;
        foreach (((LaneSource Source, long Number) key, Upload upload) in _uploads)
        {
            if (isOver(key.Source, upload, argument))
                (over ??= []).Add(key);
        }

        // The order of releasing leaves no trace in the state.
        foreach ((LaneSource, long) key in over ?? [])
        {
            if (_uploads.Remove(key, out Upload? upload))
                Release(upload);
        }
    }

    private void Release(Upload upload)
    {
        foreach (UnitRef chunk in upload.Chunks)
            live.Release(chunk.Index);
    }

    private (LaneSource Source, long Number)[] SortedKeys()
    {
        (LaneSource Source, long Number)[] keys = [.. _uploads.Keys];
        Array.Sort(keys, static (a, b) =>
        {
            int order = a.Source.Kind.CompareTo(b.Source.Kind);
            order = order != 0 ? order : a.Source.Id.CompareTo(b.Source.Id);
            order = order != 0 ? order : a.Source.Incarnation.CompareTo(b.Source.Incarnation);
            return order != 0 ? order : a.Number.CompareTo(b.Number);
        });
        return keys;
    }

    private sealed class Upload
    {
        public List<UnitRef> Chunks { get; } = [];

        public long Bytes { get; set; }

        /// <summary>Log time of the last chunk.</summary>
        public long LastMs { get; set; }
    }
}
