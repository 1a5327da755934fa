using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>
/// Random histories against a small reference: nothing acknowledged is lost, nothing appears that was not
/// sent,
/// nothing settled comes back but by rewind, nobody gets what somebody else holds.
/// </summary>
public sealed class RandomHistoryTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory, MemberData(nameof(Seeds))]
    public void The_promises_of_a_queue_hold(int seed) => new RandomHistory(seed).Run(steps: 400);
}
