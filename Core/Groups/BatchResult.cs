namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>What became of a batch that came by a lane; default for anything else.</summary>
/// <param name="Source">Whose lane; kind Leader = nobody is to be told.</param>
/// <param name="Number">The batch.</param>
/// <param name="Verdict">What was made of it.</param>
/// <param name="Answers">One per command, when it was applied now or before.</param>
/// <param name="Expected">The number that the lane goes on with.</param>
public readonly record struct BatchResult(
    LaneSource Source, long Number, LaneVerdict Verdict, Answer[]? Answers, long Expected);
