using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

public sealed class AmqpErrorsTests
{
    public static TheoryData<Reply> Failures => [.. Enum.GetValues<Reply>().Where(reply => reply != Reply.Ok)];

    [Theory, MemberData(nameof(Failures))]
    public void Every_failing_answer_has_a_code_and_a_text(Reply reply)
    {
        AmqpError error = AmqpErrors.From(reply, "queue 'q' in vhost '/'");
        Assert.NotEmpty(error.Explanation);
        Assert.InRange((int)error.Code, 311, 541);
    }

    [Fact]
    public void Ok_is_no_error() => Assert.Throws<UnreachableException>(() => AmqpErrors.From(Reply.Ok, ""));

    [Theory]
    [InlineData(Reply.QueueNotFound, "NOT_FOUND - no Q", ErrorScope.Channel)]
    [InlineData(Reply.Locked, "RESOURCE_LOCKED - cannot obtain exclusive access to locked Q", ErrorScope.Channel)]
    [InlineData(Reply.ExclusiveUse, "ACCESS_REFUSED - Q in exclusive use", ErrorScope.Channel)]
    [InlineData(Reply.TimedOut, "NOT_FOUND - failed to perform operation on Q due to timeout", ErrorScope.Channel)]
    [InlineData(Reply.Unavailable,
        "CONNECTION_FORCED - broker forced connection closure with reason 'not ready'", ErrorScope.Connection)]
    public void Texts_are_those_of_RabbitMQ(Reply reply, string text, ErrorScope scope)
    {
        AmqpError error = AmqpErrors.From(reply, "Q");
        Assert.Equal((text, scope), (error.ReplyText, error.Scope));
    }

    [Fact]
    public void Codes_close_what_the_checklist_says()
    {
        AmqpCode[] channel = [.. Enum.GetValues<AmqpCode>().Where(
            code => new AmqpError(code, "").Scope == ErrorScope.Channel)];
        Assert.Equal([311, 312, 313, 403, 404, 405, 406], channel.Select(code => (int)code));
    }
}
