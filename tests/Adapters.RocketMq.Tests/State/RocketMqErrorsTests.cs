using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

public sealed class RocketMqErrorsTests
{
    public static TheoryData<Reply> Failures =>
        [.. Enum.GetValues<Reply>().Where(reply => reply != Reply.Ok)];

    [Theory, MemberData(nameof(Failures))]
    public void Every_failing_answer_has_a_code_that_is_not_success(Reply reply)
    {
        Assert.NotEqual(RocketMqResponseCode.Success, RocketMqErrors.From(reply));
        Assert.StartsWith("topic[T]: ", RocketMqErrors.Exception(reply, "topic[T]").Message);
    }

    /// <summary>10 to 12 are successes to a producer.</summary>
    [Theory, MemberData(nameof(Failures))]
    public void No_failure_looks_like_a_degraded_success(Reply reply) =>
        Assert.NotInRange((int)RocketMqErrors.From(reply), 10, 12);

    [Fact]
    public void Success_is_no_error() => Reply.Ok.ThrowIfFailed("nothing");
}
