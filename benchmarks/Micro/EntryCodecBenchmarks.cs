using BenchmarkDotNet.Attributes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>Entries on their way to the disk and to a follower, each with 64 KB in it as full batches of a lane
/// have.</summary>
public class EntryCodecBenchmarks
{
    private const int EntryBytes = 64 * 1024;
    private const int PageBytes = 1 << 22;

    private static readonly GroupId Group = new(1);

    private readonly FrameEncoder _encoder = new(PageBytes);
    private readonly FixedOutput _output = new(2 * EntryBytes);
    private Entry[] _entries = [];
    private byte[] _record = [];
    private byte[] _append = [];
    private RaftMessage _message;

    [GlobalSetup]
    public void Encode()
    {
        byte[] payload = new byte[EntryBytes];
        new Random(1).NextBytes(payload);
        _entries = [new Entry(1, 1, EntryKind.Batch, payload)];
        _record = new byte[EntryRecord.SizeOf(_entries[0])];
        EntryRecord.Write(_record, Group, _entries[0]);
        _message = new RaftMessage
        {
            Kind = RaftMessageKind.Append,
            From = new NodeId(1),
            To = new NodeId(2),
            Term = 1,
            Entries = _entries,
        };
        WriteAppend();
        _append = _output.Written.ToArray();
    }

    /// <summary>What the store's writer does to a frame: the records with their checksums, then its own header.</summary>
    [Benchmark]
    public int WriteFrame()
    {
        Span<int> starts = stackalloc int[1];
        int count = _encoder.FitEntries(_entries, 0, before: 0, out int frameBytes);
        _encoder.Entries(Group, _entries, 0, count, before: 0, starts);
        new FrameHeader(FrameKind.Entries, frameBytes, 1, 1, 0, Group, count, 1)
            .Write(_encoder.Frame[..frameBytes], seed: 1);
        return frameBytes;
    }

    [Benchmark]
    public bool ReadRecord() => EntryRecord.TryRead(_record, Group, 1, out _);

    [Benchmark]
    public int WriteAppend()
    {
        _output.Clear();
        RaftMessageCodec.Write(_output, _message);
        return _output.Length;
    }

    [Benchmark]
    public bool ReadAppend() => RaftMessageCodec.TryRead(_append, out _);
}
