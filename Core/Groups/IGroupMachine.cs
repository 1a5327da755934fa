using System.Buffers;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// A group's deterministic state machine. One thread at a time. Same commands, same state, byte for byte, on every
/// member: no clock, no randomness, no dependence on dictionary order.
/// </summary>
public interface IGroupMachine
{
    /// <summary>Applies one command. A malformed or unknown one is a violated invariant: the node stops.</summary>
    /// <param name="meta">Where and when.</param>
    /// <param name="command">Encoded command; the memory is shared and never changes, and may be kept.</param>
    /// <param name="context">Lanes to other groups.</param>
    Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, IGroupContext context);

    /// <summary>The whole state without message bodies, deterministic.</summary>
    void WriteState(IBufferWriter<byte> output);

    /// <summary>Replaces the state by one that <see cref="WriteState"/> gave.</summary>
    void ReadState(ReadOnlySequence<byte> input);

    /// <summary>Log indexes of entries that the state still refers to (bodies, overlays, chunks), ascending.</summary>
    IReadOnlyList<long> LiveIndexes();

    /// <summary>
    /// Finds by slot what of these entries the state still refers to. Work follows what it finds, and the number of
    /// queues; so the stretch ends early once enough was found.
    /// </summary>
    /// <param name="first">First index.</param>
    /// <param name="last">Last index.</param>
    /// <param name="maxReferences">References after which it ends, but not before the first living entry.</param>
    /// <param name="outbox">What waits for other groups, and may hold references.</param>
    LiveSlots FindLive(long first, long last, int maxReferences, IEnumerable<ReadOnlyMemory<byte>> outbox) =>
        LiveSlots.Whole(first, last, LiveIndexes());

    /// <summary>Turns what <see cref="IGroupContext.Send"/> was given into the command for the other group.</summary>
    ReadOnlyMemory<byte> Materialize(ReadOnlyMemory<byte> payload, IUnitReader units);

    /// <summary>Part of apply: the other group has it; references that the payload held are released.</summary>
    void Delivered(ReadOnlyMemory<byte> payload);
}
