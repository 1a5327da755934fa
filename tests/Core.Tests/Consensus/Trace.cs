using System.Text;
using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>How scenario files show things.</summary>
internal static class Trace
{
    public static string Of(in RaftMessage m)
    {
        string content = m.Kind switch
        {
            RaftMessageKind.PreVote or RaftMessageKind.Vote
                => $" last={m.Index}/{m.LogTerm}{(m.Transfer ? " transfer" : "")}",
            RaftMessageKind.PreVoteReply or RaftMessageKind.VoteReply => m.Reject ? " no" : " yes",
            RaftMessageKind.Append => $" after={m.Index}/{m.LogTerm} commit={m.Commit} {Of(m.Entries)}",
            RaftMessageKind.AppendReply
                => m.Reject ? $" no {m.Index}, try {m.RejectHint}/{m.LogTerm}" : $" yes {m.Index}",
            RaftMessageKind.Heartbeat => $" commit={m.Commit}{Round(m.Context)}",
            RaftMessageKind.HeartbeatReply => Round(m.Context),
            _ => "",
        };
        return $"{m.From}->{m.To} {m.Kind} term={m.Term}{content}";
    }

    public static string Of(IReadOnlyList<Entry> entries) => $"[{string.Join(' ', entries.Select(Of))}]";

    public static string Of(HardState state)
        => $"(term={state.Term} vote={state.Vote} commit={state.Commit})";

    public static string Of(RaftNode node)
        => $"{node.Role} term={node.Term} leader={node.Leader}"
        + $" commit={node.CommitIndex} last={node.LastIndex}";

    /// <summary>Voters, after a slash those that are being left, after a plus learners.</summary>
    public static string Of(GroupMembers members)
    {
        string outgoing = members.IsJoint ? $"/{string.Join(',', members.Outgoing)}" : "";
        string learners = members.Learners.Count > 0 ? $"+{string.Join(',', members.Learners)}" : "";
        return $"{{{string.Join(',', members.Voters)}{outgoing}{learners}{(members.GoesOn ? " auto" : "")}}}";
    }

    public static string Text(Entry entry) => entry.Kind switch
    {
        EntryKind.Configuration => Of(GroupMembersCodec.Read(entry.Payload.Span)),
        _ when entry.Payload.Length > 16 => $"<{entry.Payload.Length} bytes>",
        _ => Encoding.UTF8.GetString(entry.Payload.Span),
    };

    private static string Of(Entry entry) => entry.Kind == EntryKind.Leader
        ? $"{entry.Index}/{entry.Term}"
        : $"{entry.Index}/{entry.Term}:{Text(entry)}";

    private static string Round(ulong context) => context == 0 ? "" : $" round={context}";
}
