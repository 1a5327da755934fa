using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

public sealed class RepeatedTextsTests
{
    [Fact]
    public void A_text_that_comes_again_is_the_same_object()
    {
        var texts = new RepeatedTexts();

        Assert.Same(texts.Get("order.new"u8), texts.Get("order.new"u8));
    }

    [Fact]
    public void Many_texts_come_out_as_they_were_whatever_was_kept_in_their_place()
    {
        var texts = new RepeatedTexts();
        for (int i = 0; i < 5_000; i++)
        {
            string text = (i % 1_500).ToString(CultureInfo.InvariantCulture) + new string('\u00e4', i % 80);
            Assert.Equal(text, texts.Get(Encoding.UTF8.GetBytes(text)));
        }
    }

    [Fact]
    public void What_is_no_utf8_is_read_as_without_a_memory()
    {
        var texts = new RepeatedTexts();
        byte[] broken = [0x61, 0xFF, 0xC0];

        Assert.Equal(Encoding.UTF8.GetString(broken), texts.Get(broken));
        Assert.Equal(Encoding.UTF8.GetString(broken), texts.Get(broken));
    }

    [Fact]
    public void Messages_of_one_key_share_its_text()
    {
        var group = new QueueGroup();
        group.Create();
        group.Attach();
        group.Publish("a");
        group.Publish("b");
        group.Settle();

        Assert.Same(group.Read(group.Delivered[0]).RoutingKey, group.Read(group.Delivered[1]).RoutingKey);
    }
}
