namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>What a command answers to its originator; kept in the state until the originator has it.</summary>
/// <param name="Value">Meaning by command: an entity's id, a sequence number, a bit set.</param>
public readonly record struct Answer(Reply Reply, long Value)
{
    public static readonly Answer Ok = new(Reply.Ok, 0);
}
