using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>
/// Bytes of a <see cref="RaftMessage"/>, little-endian: kind u8, flags u8, from i32, to i32, term i64, then, if
/// flagged, the stores of both (16 each), then the fields that the kind has, each i64 (log term, index, commit,
/// reject hint, context), then the entries: count u32, and per entry term i64, kind u8, length u32, payload. No
/// length in front and no group: the frame has them.
/// </summary>
public static class RaftMessageCodec
{
    private const int HeaderBytes = 1 + 1 + 4 + 4 + 8;
    private const int EntryHeaderBytes = 8 + 1 + 4;
    private const byte RejectFlag = 1;
    private const byte TransferFlag = 2;
    private const byte StoresFlag = 4;
    private const byte AllFlags = RejectFlag | TransferFlag | StoresFlag;
    private const int StoreBytes = 16;

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public static int SizeOf(in RaftMessage message)
    {
        Fields fields = FieldsOf(message.Kind);
        int bytes = HeaderBytes + (HasStores(message) ? 2 * StoreBytes : 0);
        bytes += sizeof(long) * BitOperations.PopCount((uint)(fields & ~Fields.Entries));
        if (!fields.HasFlag(Fields.Entries))
            return bytes;
        bytes += sizeof(int);
        for (int i = 0; i < message.Entries.Count; i++)
            bytes = checked(bytes + EntryHeaderBytes + message.Entries[i].Payload.Length);
        return bytes;
    }

    public static void Write(IBufferWriter<byte> output, in RaftMessage message)
    {
        Fields fields = FieldsOf(message.Kind);
        Invariant.Check(fields != Fields.Unknown, "A message has no kind.");
        Span<byte> header = output.GetSpan(HeaderBytes);
        header[0] = (byte)message.Kind;
        bool hasStores = HasStores(message);
        header[1] = (byte)((message.Reject ? RejectFlag : 0) | (message.Transfer ? TransferFlag : 0)
            | (hasStores ? StoresFlag : 0));
        BinaryPrimitives.WriteInt32LittleEndian(header[2..], message.From.Value);
        BinaryPrimitives.WriteInt32LittleEndian(header[6..], message.To.Value);
        BinaryPrimitives.WriteInt64LittleEndian(header[10..], message.Term);
        output.Advance(HeaderBytes);

        if (hasStores)
        {
            WriteStore(output, message.FromStore);
            WriteStore(output, message.ToStore);
        }
        if (fields.HasFlag(Fields.LogTerm))
            WriteInt64(output, message.LogTerm);
        if (fields.HasFlag(Fields.Index))
            WriteInt64(output, message.Index);
        if (fields.HasFlag(Fields.Commit))
            WriteInt64(output, message.Commit);
        if (fields.HasFlag(Fields.RejectHint))
            WriteInt64(output, message.RejectHint);
        if (fields.HasFlag(Fields.Context))
            WriteInt64(output, unchecked((long)message.Context));
        if (fields.HasFlag(Fields.Entries))
            WriteEntries(output, message.Entries);
    }

    /// <param name="input">Exactly one message; the payloads of the result borrow from it.</param>
    /// <returns>
    /// False when the bytes are not such a message. What is allocated is bounded by the length of the input.
    /// </returns>
    public static bool TryRead(ReadOnlyMemory<byte> input, out RaftMessage message)
    {
        message = default;
        ReadOnlySpan<byte> header = input.Span;
        if (header.Length < HeaderBytes)
            return false;
        Fields fields = FieldsOf((RaftMessageKind)header[0]);
        byte flags = header[1];
        var from = new NodeId(BinaryPrimitives.ReadInt32LittleEndian(header[2..]));
        var to = new NodeId(BinaryPrimitives.ReadInt32LittleEndian(header[6..]));
        long term = BinaryPrimitives.ReadInt64LittleEndian(header[10..]);
        if (fields == Fields.Unknown || flags > AllFlags
            || from.Value < 1 || to.Value < 1 || term < 0)
        {
            return false;
        }

        input = input[HeaderBytes..];
        IReadOnlyList<Entry> entries = [];
        bool hasStores = (flags & StoresFlag) != 0;
        if (!TryReadStore(ref input, hasStores, out Guid fromStore)
            || !TryReadStore(ref input, hasStores, out Guid toStore)
            || !TryReadNumber(ref input, fields, Fields.LogTerm, out long logTerm)
            || !TryReadNumber(ref input, fields, Fields.Index, out long index)
            || !TryReadNumber(ref input, fields, Fields.Commit, out long commit)
            || !TryReadNumber(ref input, fields, Fields.RejectHint, out long rejectHint)
            || !TryReadInt64(ref input, fields, Fields.Context, out long context)
            || (fields.HasFlag(Fields.Entries) && !TryReadEntries(ref input, index, term, out entries))
            || !input.IsEmpty)
        {
            return false;
        }
        message = new RaftMessage
        {
            Kind = (RaftMessageKind)header[0],
            From = from,
            To = to,
            FromStore = fromStore,
            ToStore = toStore,
            Term = term,
            LogTerm = logTerm,
            Index = index,
            Commit = commit,
            RejectHint = rejectHint,
            Context = unchecked((ulong)context),
            Reject = (flags & RejectFlag) != 0,
            Transfer = (flags & TransferFlag) != 0,
            Entries = entries,
        };
        return true;
    }

    private static bool HasStores(in RaftMessage message) =>
        message.FromStore != Guid.Empty || message.ToStore != Guid.Empty;

    private static Fields FieldsOf(RaftMessageKind kind) => kind switch
    {
        RaftMessageKind.PreVote or RaftMessageKind.Vote => Fields.LogTerm | Fields.Index,
        RaftMessageKind.PreVoteReply or RaftMessageKind.VoteReply => Fields.None,
        RaftMessageKind.Append => Fields.LogTerm | Fields.Index | Fields.Commit | Fields.Entries,
        RaftMessageKind.AppendReply => Fields.LogTerm | Fields.Index | Fields.RejectHint,
        RaftMessageKind.Heartbeat => Fields.Commit | Fields.Context,
        RaftMessageKind.HeartbeatReply => Fields.Context,
        RaftMessageKind.TimeoutNow => Fields.None,
        _ => Fields.Unknown,
    };

    private static void WriteInt64(IBufferWriter<byte> output, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), value);
        output.Advance(sizeof(long));
    }

    private static void WriteStore(IBufferWriter<byte> output, Guid store)
    {
        store.TryWriteBytes(output.GetSpan(StoreBytes));
        output.Advance(StoreBytes);
    }

    private static void WriteEntries(IBufferWriter<byte> output, IReadOnlyList<Entry> entries)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), entries.Count);
        output.Advance(sizeof(int));
        for (int i = 0; i < entries.Count; i++)
        {
            Entry entry = entries[i];
            Span<byte> header = output.GetSpan(EntryHeaderBytes);
            BinaryPrimitives.WriteInt64LittleEndian(header, entry.Term);
            header[8] = (byte)entry.Kind;
            BinaryPrimitives.WriteInt32LittleEndian(header[9..], entry.Payload.Length);
            output.Advance(EntryHeaderBytes);
            output.Write(entry.Payload.Span);
        }
    }

    private static bool TryReadStore(ref ReadOnlyMemory<byte> input, bool isPresent, out Guid store)
    {
        store = Guid.Empty;
        if (!isPresent)
            return true;
        if (input.Length < StoreBytes)
            return false;
        store = new Guid(input.Span[..StoreBytes]);
        input = input[StoreBytes..];
        return true;
    }

    private static bool TryReadInt64(
        ref ReadOnlyMemory<byte> input, Fields present, Fields field, out long value)
    {
        value = 0;
        if (!present.HasFlag(field))
            return true;
        if (!BinaryPrimitives.TryReadInt64LittleEndian(input.Span, out value))
            return false;
        input = input[sizeof(long)..];
        return true;
    }

    /// <summary>An index or a term: never negative.</summary>
    private static bool TryReadNumber(
        ref ReadOnlyMemory<byte> input, Fields present, Fields field, out long value)
        => TryReadInt64(ref input, present, field, out value) && value >= 0;

    private static bool TryReadEntries(
        ref ReadOnlyMemory<byte> input, long previous, long messageTerm, out IReadOnlyList<Entry> entries)
    {
        entries = [];
        if (!BinaryPrimitives.TryReadInt32LittleEndian(input.Span, out int count))
            return false;
        input = input[sizeof(int)..];

        // Before anything is allocated: so many entries must at least have room for their headers.
        if (count < 0 || count > input.Length / EntryHeaderBytes || previous > long.MaxValue - count)
            return false;
        var read = new Entry[count];
        for (int i = 0; i < count; i++)
        {
            if (!TryReadEntry(ref input, previous + 1 + i, messageTerm, out read[i]))
                return false;
        }
        entries = read;
        return true;
    }

    private static bool TryReadEntry(
        ref ReadOnlyMemory<byte> input, long index, long messageTerm, out Entry entry)
    {
        entry = default;
        ReadOnlySpan<byte> header = input.Span;
        if (header.Length < EntryHeaderBytes)
            return false;
        long term = BinaryPrimitives.ReadInt64LittleEndian(header);
        var kind = (EntryKind)header[8];
        int length = BinaryPrimitives.ReadInt32LittleEndian(header[9..]);
        bool isValid = term >= 1 && term <= messageTerm && kind <= EntryKind.Configuration
            && length >= 0 && length <= header.Length - EntryHeaderBytes;
        if (!isValid)
            return false;
        entry = new Entry(index, term, kind, input.Slice(EntryHeaderBytes, length));
        input = input[(EntryHeaderBytes + length)..];
        return true;
    }

    [Flags]
    private enum Fields
    {
        None = 0,
        LogTerm = 1,
        Index = 2,
        Commit = 4,
        RejectHint = 8,
        Context = 16,
        Entries = 32,
        Unknown = 64,
    }
}
