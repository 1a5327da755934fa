namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>What a command answers to its originator; kept in the state until the originator has it.</summary>
/// <param name="Value">Meaning by command: an entity's id, a sequence number, a bit set.</param>
/// <param name="Position">Of what was appended to a partition or parked; -1 = it has none, and costs nothing.</param>
public readonly record struct Answer(Reply Reply, long Value, long Position = Answer.NoPosition)
{
    public const long NoPosition = -1;

    public static readonly Answer Ok = new(Reply.Ok, 0);
}
