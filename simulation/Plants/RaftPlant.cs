using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>Changes what members of a group say to each other.</summary>
/// <param name="change">What becomes of a message.</param>
internal sealed class RaftPlant(Func<RaftMessage, RaftMessage> change) : Plant
{
    /// <summary>The sender's wall clock stands before the message.</summary>
    private const int ClockBytes = sizeof(long);

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.Raft || !RaftMessageCodec.TryRead(message.Payload[ClockBytes..], out RaftMessage raft))
            return [message];
        var output = new ArrayBufferWriter<byte>();
        output.Write(message.Payload.Span[..ClockBytes]);
        RaftMessageCodec.Write(output, change(raft));
        return [message with { Payload = output.WrittenMemory }];
    }

    /// <summary>A member gives its vote to everybody who asks.</summary>
    public static RaftMessage VoteTwice(RaftMessage message) => message.Kind == RaftMessageKind.VoteReply
        ? message with { Reject = false }
        : message;

    /// <summary>A candidate says that its log is newer than it is.</summary>
    public static RaftMessage ClaimNewerLog(RaftMessage message) =>
        message.Kind is RaftMessageKind.Vote or RaftMessageKind.PreVote
            ? message with { LogTerm = message.Term }
            : message;

    /// <summary>What a leader sends counts as committed when it arrives.</summary>
    public static RaftMessage CommitTooEarly(RaftMessage message) => message.Kind == RaftMessageKind.Append
        ? message with { Commit = message.Index + message.Entries.Count }
        : message;

    /// <summary>Two neighbours of one append change places.</summary>
    public static RaftMessage ApplyOutOfOrder(RaftMessage message)
    {
        if (message.Kind != RaftMessageKind.Append || message.Entries.Count < 2)
            return message;
        Entry[] entries = [.. message.Entries];
        (entries[0], entries[1]) = (
            entries[0] with { Payload = entries[1].Payload, Kind = entries[1].Kind },
            entries[1] with { Payload = entries[0].Payload, Kind = entries[0].Kind });
        return message with { Entries = entries };
    }
}
