using System.Buffers;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Joins the chunks of a body without copying them.</summary>
internal sealed class BodySegment : ReadOnlySequenceSegment<byte>
{
    public BodySegment(ReadOnlyMemory<byte> memory)
    {
        Memory = memory;
    }

    public BodySegment Append(ReadOnlyMemory<byte> memory)
    {
        var next = new BodySegment(memory) { RunningIndex = RunningIndex + Memory.Length };
        Next = next;
        return next;
    }
}
