using Cmq.MultiProtocol.Adapters.Http.Codec;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Codec;

/// <summary>Spec section 6.6.</summary>
public sealed class DeadLetterPolicyTests
{
    [Fact]
    public void Both_policies_are_read_with_numbers_or_quoted_numbers()
    {
        Assert.Equal(
            new DeadLetterPolicy("d", 3, null),
            DeadLetterPolicy.Read("""{"deadLetterQueue":"d","policy":0,"maxReceiveCount":3,"more":[]}"""));
        Assert.Equal(
            new DeadLetterPolicy("d", null, 300),
            DeadLetterPolicy.Read("""{"deadLetterQueue":"d","policy":"1","maxTimeToLive":"300"}"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{}")]
    public void An_empty_policy_is_none(string text)
    {
        Assert.Null(DeadLetterPolicy.Read(text));
    }

    [Theory]
    [InlineData("x", 10360)]
    [InlineData("[]", 10360)]
    [InlineData("{", 10360)]
    [InlineData("[[[[[[[[[[]]]]]]]]]]", 10360)]
    [InlineData("""{"policy":0}""", 10390)]
    [InlineData("""{"deadLetterQueue":1,"policy":0}""", 10360)]
    [InlineData("""{"deadLetterQueue":"\ud800","policy":0,"maxReceiveCount":1}""", 10360)]
    [InlineData("""{"deadLetterQueue":"d"}""", 10390)]
    [InlineData("""{"deadLetterQueue":"d","policy":2}""", 10350)]
    [InlineData("""{"deadLetterQueue":"d","policy":0}""", 10390)]
    [InlineData("""{"deadLetterQueue":"d","policy":0,"maxReceiveCount":0}""", 10350)]
    [InlineData("""{"deadLetterQueue":"d","policy":0,"maxReceiveCount":1001}""", 10350)]
    [InlineData("""{"deadLetterQueue":"d","policy":0,"maxReceiveCount":1.5}""", 10360)]
    [InlineData("""{"deadLetterQueue":"d","policy":0,"maxReceiveCount":null}""", 10360)]
    [InlineData("""{"deadLetterQueue":"d","policy":1,"maxReceiveCount":3}""", 10390)]
    [InlineData("""{"deadLetterQueue":"d","policy":1,"maxTimeToLive":299}""", 10350)]
    [InlineData("""{"deadLetterQueue":"d","policy":1,"maxTimeToLive":43201}""", 10350)]
    public void A_malformed_policy_is_refused(string text, int module)
    {
        var exception = Assert.Throws<HttpProtocolException>(() => DeadLetterPolicy.Read(text));

        Assert.Equal(module, exception.Error.Module);
    }
}
