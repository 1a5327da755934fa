using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;

/// <summary>Topics and filters (MQTT 5.0 §4.7) and their form in the core.</summary>
public sealed class MqttTopicsTests
{
    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/B", false)]
    [InlineData("a/+", "a/b", true)]
    [InlineData("a/+", "a/", true)]
    [InlineData("a/+", "a", false)]
    [InlineData("a/+", "a/b/c", false)]
    [InlineData("+/+", "/a", true)]
    [InlineData("+", "/a", false)]
    [InlineData("/+", "/a", true)]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/b/c", true)]
    [InlineData("a/#", "ab", false)]
    [InlineData("#", "a/b", true)]
    [InlineData("#", "$SYS/a", false)]
    [InlineData("+/a", "$SYS/a", false)]
    [InlineData("$SYS/#", "$SYS/a", true)]
    [InlineData("$SYS/+", "$SYS/a", true)]
    [InlineData("+/$x", "a/$x", true)]
    [InlineData("a/+/#", "a", false)]
    [InlineData("a/+/#", "a/b", true)]
    [InlineData("a//b", "a//b", true)]
    [InlineData("a/*", "a/b", false)]
    [InlineData("a/b/", "a/b", false)]
    public void A_filter_matches_as_the_specification_says(string filter, string topic, bool matches) =>
        Assert.Equal(matches, MqttTopics.Matches(filter, topic));

    [Theory]
    [InlineData("", false)]
    [InlineData("#", true)]
    [InlineData("a/#/b", false)]
    [InlineData("a#", false)]
    [InlineData("a+/b", false)]
    [InlineData("+/a b/+/#", true)]
    [InlineData("/", true)]
    [InlineData("##", false)]
    [InlineData("a\u001Fb", false)]
    public void A_filter_has_a_grammar(string filter, bool good) => Assert.Equal(good, MqttTopics.IsFilter(filter));

    [Theory]
    [InlineData("a/b", "a.b")]
    [InlineData("a.b/c", "a\u001Fb.c")]
    [InlineData("/a//", ".a..")]
    [InlineData("plain", "plain")]
    public void A_topic_and_its_key_are_the_same_levels(string topic, string key)
    {
        Assert.Equal(key, MqttTopics.ToKey(topic));
        Assert.Equal(topic, MqttTopics.FromKey(key));
    }

    [Theory]
    [InlineData("a/+/#", "a.*.#")]
    [InlineData("+", "*")]
    [InlineData("v1.2/+", "v1\u001F2.*")]
    public void A_filter_becomes_a_pattern(string filter, string pattern) =>
        Assert.Equal(pattern, MqttTopics.ToPattern(filter));

    [Theory]
    [InlineData("$share/g/a/+", "g", "a/+")]
    [InlineData("$share/g//", "g", "/")]
    public void A_shared_subscription_has_a_group_and_a_filter(string text, string group, string filter)
    {
        Assert.True(MqttSharedFilter.TryParse(text, out MqttSharedFilter? shared));
        Assert.Equal(new MqttSharedFilter(group, filter), shared);
    }

    [Theory]
    [InlineData("$share")]
    [InlineData("$share/")]
    [InlineData("$share/g")]
    [InlineData("$share//a")]
    [InlineData("$share/g/")]
    [InlineData("$share/g+/a")]
    [InlineData("$share/#/a")]
    [InlineData("$share/g/a#")]
    public void A_shared_subscription_has_a_grammar(string text) => Assert.False(MqttSharedFilter.TryParse(text, out _));

    [Fact]
    public void Other_filters_are_not_shared()
    {
        Assert.True(MqttSharedFilter.TryParse("$shared/g/a", out MqttSharedFilter? shared));
        Assert.Null(shared);
    }
}
