using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Adapters.Http.State;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.State;

public sealed class HttpErrorsTests
{
    public static TheoryData<Reply> Failures => [.. Enum.GetValues<Reply>().Where(r => r != Reply.Ok)];

    [Theory, MemberData(nameof(Failures))]
    public void Every_failing_reply_has_a_code_and_a_text(Reply reply)
    {
        HttpError error = HttpErrors.From(reply);

        Assert.InRange(error.Code, 4000, 7000);
        Assert.InRange(error.Module, 10000, 10999);
        Assert.NotEmpty(error.Text);
    }

    [Fact]
    public void Success_has_none()
    {
        Assert.Throws<UnreachableException>(() => HttpErrors.From(Reply.Ok));
    }

    [Theory]
    [InlineData(Reply.QueueNotFound, 4440, 10100)]
    [InlineData(Reply.Gone, 4440, 10100)]
    [InlineData(Reply.Locked, 4440, 10100)]
    [InlineData(Reply.AlreadyExists, 4460, 10210)]
    [InlineData(Reply.AccessDenied, 4000, 10461)]
    [InlineData(Reply.CheckOutExpired, 4430, 10260)]
    [InlineData(Reply.Full, 4410, 10240)]
    [InlineData(Reply.TooLarge, 4400, 10230)]
    [InlineData(Reply.RewindOff, 6050, 10670)]
    [InlineData(Reply.LimitReached, 4450, 10220)]
    [InlineData(Reply.TooManyHeld, 6070, 10690)]
    [InlineData(Reply.TimedOut, 6000, 10050)]
    [InlineData(Reply.Unavailable, 6000, 10050)]
    [InlineData(Reply.BadName, 4000, 10020)]
    public void The_codes_are_the_services(Reply reply, int code, int module)
    {
        HttpError error = HttpErrors.From(reply);

        Assert.Equal((code, module), (error.Code, error.Module));
    }
}
