using System.Buffers;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>One block of a snapshot's state in memory.</summary>
internal sealed class SnapshotSegment : ReadOnlySequenceSegment<byte>
{
    public SnapshotSegment(ReadOnlyMemory<byte> bytes, long runningIndex)
    {
        Memory = bytes;
        RunningIndex = runningIndex;
    }

    public SnapshotSegment Append(ReadOnlyMemory<byte> bytes)
    {
        var next = new SnapshotSegment(bytes, RunningIndex + Memory.Length);
        Next = next;
        return next;
    }
}
