using System.Text;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using FsCheck.Fluent;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Codec;

/// <summary>Spec section 1.2.</summary>
public sealed class HttpFormReaderTests
{
    [Theory]
    [InlineData("a+b", "a b")]
    [InlineData("a%20b", "a b")]
    [InlineData("a%2Bb", "a+b")]
    [InlineData("a%2bb", "a+b")]
    [InlineData("w%C3%B6rld", "wörld")]
    [InlineData("a/b*c", "a/b*c")]
    [InlineData("a=b=c", "a=b=c")]
    [InlineData("", "")]
    [InlineData("100%", "100%")]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%4g%41", "%4gA")]
    [InlineData("%25%34%31", "%41")]
    [InlineData("%00", "\0")]
    public void A_value_is_decoded_once(string encoded, string expected)
    {
        HttpParameters parameters = Read($"x={encoded}");

        Assert.Equal(expected, parameters.Text("x"));
    }

    [Fact]
    public void Empty_pairs_are_skipped_and_names_without_a_value_are_empty()
    {
        HttpParameters parameters = Read("&&a&b=&=c&");

        Assert.Equal(["a", "b", ""], parameters.All.Select(p => p.Name));
        Assert.Equal("", parameters.Text("a"));
        Assert.Equal("", parameters.Text("b"));
        Assert.Equal("c", parameters.Text(""));
    }

    [Fact]
    public void Names_are_found_in_any_case()
    {
        Assert.Equal("1", Read("TopicName=1").Text("topicName"));
    }

    [Fact]
    public void A_name_that_comes_twice_is_refused()
    {
        AssertFails(10330, () => Read("a=1&a=1"));
        AssertFails(10330, () => Read("a=1&A=1"));
    }

    [Fact]
    public void More_parameters_than_allowed_are_refused()
    {
        string form = string.Join('&', Enumerable.Range(0, 101).Select(i => $"p{i}=1"));

        AssertFails(10000, () => Read(form));
    }

    [Fact]
    public void No_bytes_break_it()
    {
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(bytes =>
        {
            try
            {
                HttpParameters parameters = HttpFormReader.Read(bytes, 100);
                return parameters.All.Sum(p => p.Value.Length) <= bytes.Length;
            }
            catch (HttpProtocolException exception)
            {
                return exception.Error.Code == 4000;
            }
        }));
    }

    [Fact]
    public void What_a_client_encodes_is_decoded_to_the_same()
    {
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll<string>(text =>
        {
            string value = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
            return Read("a=1&x=" + Uri.EscapeDataString(value)).Text("x") == value;
        }));
    }

    [Theory]
    [InlineData("m.0=a&m.1=b", "a,b")]
    [InlineData("m.2=b&m.1=a", "a,b")]
    [InlineData("m.1=a", "a")]
    [InlineData(
        "m.0=0&m.1=1&m.2=2&m.3=3&m.4=4&m.5=5&m.6=6&m.7=7&m.8=8&m.9=9&m.10=10", "0,1,2,3,4,5,6,7,8,9,10")]
    public void Array_elements_are_ordered_by_number(string form, string expected)
    {
        IEnumerable<string> elements = Read(form).Array("m", 16).Select(e => Encoding.UTF8.GetString(e.Span));

        Assert.Equal(expected, string.Join(',', elements));
    }

    [Theory]
    [InlineData("m=a", 10390)]
    [InlineData("", 10390)]
    [InlineData("m.2=a", 10380)]
    [InlineData("m.0=a&m.2=b", 10380)]
    [InlineData("m.1=a&m.3=b", 10380)]
    [InlineData("m.x=a", 10310)]
    [InlineData("m.=a", 10310)]
    [InlineData("m.01=a", 10310)]
    [InlineData("m.-1=a", 10310)]
    [InlineData("m.1.2=a", 10310)]
    [InlineData("m.99999999999=a", 10310)]
    public void Array_indices_that_do_not_follow_each_other_are_refused(string form, int module)
    {
        AssertFails(module, () => Read(form).Array("m", 16));
    }

    [Fact]
    public void An_array_with_too_many_elements_is_refused()
    {
        string form = string.Join('&', Enumerable.Range(1, 17).Select(i => $"m.{i}=a"));

        AssertFails(10370, () => Read(form).Array("m", 16));
    }

    [Theory]
    [InlineData("n=5", 5L)]
    [InlineData("n=-5", -5L)]
    [InlineData("n=", null)]
    [InlineData("n=undefined", null)]
    [InlineData("", null)]
    public void An_optional_number_may_be_left_out_in_three_ways(string form, long? expected)
    {
        Assert.Equal(expected, Read(form).OptionalNumber("n", -10, 10));
    }

    [Theory]
    [InlineData("n=11", 10350)]
    [InlineData("n=-11", 10350)]
    [InlineData("n=9999999999999999999999", 10350)]
    [InlineData("n=1.0", 10360)]
    [InlineData("n=-", 10360)]
    [InlineData("n=+1", 10360)]
    [InlineData("n=0x1", 10360)]
    [InlineData("n=%D9%A1", 10360)]
    public void A_number_that_is_wrong_is_refused(string form, int module)
    {
        AssertFails(module, () => Read(form).OptionalNumber("n", -10, 10));
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused()
    {
        AssertFails(10360, () => Read("x=%FF").Text("x"));
    }

    private static HttpParameters Read(string form) => HttpFormReader.Read(Encoding.UTF8.GetBytes(form), 100);

    private static void AssertFails(int module, Func<object?> read) =>
        Assert.Equal(module, Assert.Throws<HttpProtocolException>(read).Error.Module);
}
