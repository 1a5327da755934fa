using Cmq.MultiProtocol.Adapters.Http.Codec;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Codec;

public sealed class TopicBlockTests
{
    private static readonly TopicAttributes Topic = new(65_536, TopicFilter.BindingKeys, 1_795_227_045_123, -1);

    private static readonly Subscription Full = new(
        "sub", "größer", NotifyStrategy.BackoffRetry, ["a", "你好"], ["x.*", "#"], 1, long.MaxValue);

    [Fact]
    public void A_topic_comes_out_as_it_went_in_and_keeps_its_form_on_disk()
    {
        byte[] block = TopicBlock.Write(Topic);

        Assert.True(TopicBlock.TryRead(block, out TopicAttributes? read));
        Assert.Equal(Topic, read);
        Assert.Equal("00016374010200010000000001A1FC6ADA43FFFFFFFFFFFFFFFF"[..20], Convert.ToHexString(block)[..20]);
        Assert.False(TopicBlock.TryRead(block, out Subscription? _));
    }

    [Fact]
    public void A_subscription_comes_out_as_it_went_in()
    {
        byte[] block = TopicBlock.Write(Full);

        Assert.True(TopicBlock.TryRead(block, out Subscription? read));
        Assert.Equal(Full with { FilterTags = read.FilterTags, BindingKeys = read.BindingKeys }, read);
        Assert.Equal(Full.FilterTags, read.FilterTags);
        Assert.Equal(Full.BindingKeys, read.BindingKeys);
        Assert.False(TopicBlock.TryRead(block, out TopicAttributes? _));
    }

    [Fact]
    public void A_subscription_that_is_cut_off_is_told_from_the_arguments_of_others()
    {
        byte[] block = TopicBlock.Write(Full);
        for (int length = 0; length < 5; length++)
            Assert.False(TopicBlock.TryRead(block.AsSpan(0, length), out Subscription? _));
        for (int length = 5; length < block.Length; length++)
        {
            int cut = length;
            Assert.Throws<InvalidDataException>(() => TopicBlock.TryRead(block.AsSpan(0, cut), out Subscription? _));
        }
    }
}
