using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>
/// Random histories against a small reference: nothing acknowledged is lost, nothing appears that was not
/// sent, nothing settled comes back but by rewind, nobody gets what somebody else holds.
/// </summary>
public sealed class RandomHistoryTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory, MemberData(nameof(Seeds))]
    public void The_promises_of_a_queue_hold(int seed) => new RandomHistory(seed).Run(steps: 400);

    /// <summary>A cache of one block: nearly every row is read back from the store; new leaders start from
    /// snapshots.</summary>
    [Theory, MemberData(nameof(Seeds))]
    public void They_hold_when_rows_are_in_the_block_store(int seed)
    {
        var history = new RandomHistory(seed, rowsPerBlock: 4, rowCacheBytes: 1);
        history.Run(steps: 400);
        Assert.InRange(history.MostStoredBlocks, 2, int.MaxValue);
    }
}
