using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>Spec sections 1.3 and 2.</summary>
public sealed class AuthenticationTests
{
    [Fact]
    public async Task A_bad_signature_is_refused_and_logged_as_the_peers_mistake()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        string form =
            served.SignedForm("POST", served.Host, "/", "ListQueue").Replace("ListQueue", "CreateQueue");

        RawAnswer answer = await served.SendAsync(served.Post(form, "/"));

        Assert.Equal((4100, "(10030)authentication failed"), (answer.Code, answer.Message));
        Assert.StartsWith("HTTP/1.1 200 ", answer.Head);
        Assert.Contains(served.Log.Entries, e => e is { Level: LogLevel.Information, Id.Id: 2000 });
        Assert.DoesNotContain(served.Log.Entries, e => e.Text.Contains(ServedBroker.SecretKey));
    }

    [Theory]
    [InlineData("AKIDother", 4100, "(10270)secret id is not existed")]
    [InlineData("other", 4000, "(10450)secret id dosen't begin with AKID")]
    [InlineData("AKIDdisabled", 4100, "(10080)secret id status error")]
    [InlineData("operators-own-name", 4100, "(10030)authentication failed")]
    public async Task A_key_is_judged_before_its_signature(string secretId, int code, string message)
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        AddKey(served, "AKIDdisabled", enabled: false);
        AddKey(served, "operators-own-name", enabled: true);

        RawAnswer answer = await served.SendAsync(served.Post(
            $"Action=ListQueue&Nonce=1&Timestamp=1795227045&SecretId={secretId}&Signature=AAAA", "/"));

        Assert.Equal((code, message), (answer.Code, answer.Message));
    }

    [Theory]
    [InlineData("SecretId")]
    [InlineData("Timestamp")]
    [InlineData("Nonce")]
    [InlineData("Signature")]
    public async Task A_common_parameter_that_is_missing_is_named(string name)
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        string form = string.Join('&', served.SignedForm("POST", served.Host, "/", "ListQueue").Split('&')
            .Where(p => !p.StartsWith(name + "=", StringComparison.Ordinal)));

        RawAnswer answer = await served.SendAsync(served.Post(form, "/"));

        Assert.Equal($"(10390)lacked of required parameter {name}", answer.Message);
    }

    [Theory]
    [InlineData(7_200, 0, 0)]
    [InlineData(7_201, 0, 4100)]
    [InlineData(-7_201, 0, 4100)]
    [InlineData(-7_200, 0, 0)]
    [InlineData(1_000_000, 1, 0)]
    public async Task A_clock_may_be_two_hours_off_unless_the_check_is_off(int advance, int off, int code)
    {
        await using ServedBroker served = await ServedBroker.StartAsync(
            off == 1 ? new HttpOptions { ClockSkewSeconds = 0 } : null);
        string request = served.Post(served.SignedForm("POST", served.Host, "/", "ListQueue"), "/");
        served.Broker.Time.Advance(TimeSpan.FromSeconds(advance));

        RawAnswer answer = await served.SendAsync(request);

        Assert.Equal(code, answer.Code);
    }

    [Fact]
    public async Task The_same_nonce_twice_is_fine()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        string request = served.Post(served.SignedForm("POST", served.Host, "/", "ListQueue"), "/");

        Assert.Equal(0, (await served.SendAsync(request)).Code);
        Assert.Equal(0, (await served.SendAsync(request)).Code);
    }

    [Fact]
    public async Task A_request_with_an_app_id_instead_of_a_key_is_served_only_where_that_is_switched_on()
    {
        const string form = "Action=ListQueue&appId=1250000000&clientRequestId=1";
        await using ServedBroker closed = await ServedBroker.StartAsync();
        await using ServedBroker open = await ServedBroker.StartAsync(
            new HttpOptions { AnonymousSecretId = ServedBroker.SecretId });

        RawAnswer refused = await closed.SendAsync(closed.Post(form, "/"));
        RawAnswer served = await open.SendAsync(open.Post(form, "/"));
        RawAnswer signedBadly = await open.SendAsync(open.Post(
            form + "&SecretId=AKIDtest0001&Nonce=1&Timestamp=1795227045&Signature=AAAA", "/"));

        Assert.Equal("(10390)lacked of required parameter SecretId", refused.Message);
        Assert.Equal(0, served.Code);
        Assert.Equal(4100, signedBadly.Code);
    }

    [Fact]
    public async Task A_node_that_is_not_ready_says_so()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.IsReady = false;

        JsonElement answer = await served.CallAsync("ListQueue");

        Assert.Equal(6000, answer.GetProperty("code").GetInt32());
        Assert.Contains("please try later", answer.GetProperty("message").GetString());
    }

    private static void AddKey(ServedBroker served, string secretId, bool enabled) =>
        served.Broker.Keys[secretId] =
            new AccessKey(secretId, "x", served.Broker.User, FakeBroker.Namespace, enabled);
}
