using System.Text;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Codec;

/// <summary>Spec section 2.</summary>
public sealed class HttpSignatureTests
{
    private const string Key = "secretKey0001";

    public static TheoryData<string> Clients => [.. CapturedRequest.All.Select(c => c.Client)];

    [Theory, MemberData(nameof(Clients))]
    public void Every_captured_request_verifies(string client)
    {
        CapturedRequest captured = CapturedRequest.All.Single(c => c.Client == client);

        Assert.True(HttpSignature.Verify(Request(captured.Form, captured.Host, captured.Path), Key));
    }

    [Theory, MemberData(nameof(Clients))]
    public void No_captured_request_verifies_when_anything_of_it_is_changed(string client)
    {
        CapturedRequest captured = CapturedRequest.All.Single(c => c.Client == client);

        Assert.False(HttpSignature.Verify(Request(captured.Form, captured.Host, captured.Path), Key + "x"));
        Assert.False(HttpSignature.Verify(Request(captured.Form, "other.host", captured.Path), Key));
        Assert.False(HttpSignature.Verify(Request(captured.Form, captured.Host, "/x"), Key));
        Assert.False(HttpSignature.Verify(Request(captured.Form, captured.Host, captured.Path, "GET"), Key));
        Assert.False(HttpSignature.Verify(
            Request(captured.Form.Replace("q-1", "q-2"), captured.Host, captured.Path), Key));
        Assert.False(HttpSignature.Verify(
            Request(captured.Form + "&more=1", captured.Host, captured.Path), Key));
    }

    [Fact]
    public void The_first_vector_of_the_specification_is_reproduced()
    {
        HttpSignedRequest request = Request(
            "Action=SendMessage&Nonce=1657119411&RequestClient=SDK_JAVA_1.3&SecretId=AKIDtest0001"
            + "&SignatureMethod=HmacSHA1&Timestamp=1795227045&delaySeconds=0"
            + "&msgBody=@hello+w%C3%B6rld+%26+a=b+%2B%25/&queueName=q-1",
            "127.0.0.1:18080",
            "/v2/index.php");

        Assert.Equal("UoOS9WhFc4yoTqojA+NztE0xlCM=", HttpSignature.Sign(request, Key));
    }

    [Fact]
    public void Values_that_begin_with_an_at_sign_may_be_left_out_of_a_post_but_not_of_a_get()
    {
        string withoutAt = TestSignature.Sign("POST", "h", "/", [("Action", "A"), ("b", "2")], Key);
        string withoutAtGet = TestSignature.Sign("GET", "h", "/", [("Action", "A"), ("b", "2")], Key);

        Assert.True(HttpSignature.Verify(Signed("Action=A&b=2&c=%40x&d=@", withoutAt, "h", "/"), Key));
        Assert.False(HttpSignature.Verify(Signed("Action=A&b=2&c=%40x", withoutAtGet, "h", "/", "GET"), Key));
    }

    [Theory]
    [InlineData("h:80")]
    [InlineData("h:443")]
    [InlineData("h:8080")]
    [InlineData("h")]
    [InlineData("alias.example:9")]
    public void The_host_may_have_been_signed_with_a_port_that_the_header_lacks(string signedHost)
    {
        string signature = TestSignature.Sign("POST", signedHost, "/", [("Action", "A")], Key);
        IReadOnlyList<string> hosts = HttpSignedRequest.HostsOf("h", 8080, ["alias.example:9"]);

        Assert.True(HttpSignature.Verify(
            Signed("Action=A", signature, "", "/") with { Hosts = hosts }, Key));
    }

    [Fact]
    public void Hosts_are_the_header_first_and_none_twice()
    {
        Assert.Equal(["h:81", "h", "h:80", "h:443"], HttpSignedRequest.HostsOf("h:81", 80, []));
        Assert.Equal(
            ["[::1]", "[::1]:80", "[::1]:443", "[::1]:8"], HttpSignedRequest.HostsOf("[::1]", 8, []));
        Assert.Equal(
            ["[::1]:8", "[::1]", "[::1]:80", "[::1]:443"], HttpSignedRequest.HostsOf("[::1]:8", 8, []));
    }

    [Theory]
    [InlineData("_c_d=2&a.b=1")]
    [InlineData(".c.d=2&a.b=1")]
    [InlineData("_c_d=2&a_b=1")]
    public void Underscores_in_names_may_be_signed_as_dots_or_kept(string text)
    {
        byte[] mac = System.Security.Cryptography.HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes("POSTh/?SignatureMethod=HmacSHA256&" + text));

        Assert.True(HttpSignature.Verify(
            Signed("a_b=1&_c_d=2&SignatureMethod=HmacSHA256", Convert.ToBase64String(mac), "h", "/"), Key));
    }

    [Fact]
    public void A_plus_that_form_decoding_turned_into_a_space_is_put_back()
    {
        CapturedRequest java = CapturedRequest.All.Single(c => c.Client == "Java");

        Assert.True(HttpSignature.Verify(
            Request(java.Form.Replace("oTqojA%2BN", "oTqojA+N"), java.Host, java.Path), Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*not base64*")]
    [InlineData("AAAA")]
    [InlineData("UoOS9WhFc4yoTqojA%2BNztE0xlCMA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    public void A_signature_that_is_none_does_not_verify(string signature)
    {
        Assert.False(HttpSignature.Verify(Request($"Action=A&Signature={signature}", "h", "/"), Key));
    }

    private static HttpSignedRequest Signed(
        string form, string signature, string host, string path, string method = "POST") =>
        Request($"{form}&Signature={Uri.EscapeDataString(signature)}", host, path, method);

    private static HttpSignedRequest Request(string form, string host, string path, string method = "POST") =>
        new(method, [host], path, HttpFormReader.Read(Encoding.UTF8.GetBytes(form), 100));
}
