using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// A part of a data group's replicated state beside its queues (sessions, last values, consumer groups...): its own
/// commands, its own place in the snapshot; entries that it refers to are counted in the group's
/// <see cref="LiveEntries"/>. Deterministic like the machine that it is a part of.
/// </summary>
internal interface IMachinePart
{
    /// <summary>First of the 16 command kinds that are the part's own; a multiple of 16 from 64 on. On disk: never
    /// renumber.</summary>
    byte FirstKind { get; }

    /// <summary>Applies one of the part's commands; its first byte is the kind.</summary>
    Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, in PartContext context);

    /// <summary>A node's life is over: what it owned ends.</summary>
    void NodeGone(in CommandMeta meta, NodeIncarnation gone, in PartContext context);

    /// <summary>Log time at which <see cref="Tick"/> has something to do; <see cref="long.MaxValue"/> = nothing.</summary>
    long NextDueMs { get; }

    /// <summary>Does what is due by log time; a bounded part of it, the rest at the next tick.</summary>
    void Tick(in CommandMeta meta, in PartContext context);

    /// <summary>Adds the units that the part refers to; one without this has none.</summary>
    void FindLive(LiveSlots live)
    {
    }

    /// <summary>The state, deterministic: equal states are equal bytes.</summary>
    void Write(IBufferWriter<byte> output);

    /// <summary>Replaces the state by one that <see cref="Write"/> gave.</summary>
    void Read(ref QueueCommandReader input);
}
