using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>What stock clients send, byte by byte (spec sections 1 and 9), and what nobody should
/// send.</summary>
public sealed class RawRequestTests : IAsyncLifetime
{
    private const string Api = "/v2/index.php";
    private const string Body = "hello wörld & a=b +%/";

    private ServedBroker _served = null!;

    public async Task InitializeAsync()
    {
        _served = await ServedBroker.StartAsync();
        _served.Broker.Add("q-1");
    }

    public async Task DisposeAsync() => await _served.DisposeAsync();

    [Theory]
    [InlineData("Python", Api, "Accept-Encoding: identity\r\nConnection: Keep-Alive\r\n")]
    [InlineData("Java", "//v2/index.php", "Content-Type: */*;charset=utf-8\r\nAccept-Encoding: gzip\r\n")]
    [InlineData("Go", "/", "Content-Type: application/x-www-form-urlencoded\r\nAccept-Encoding: gzip\r\n")]
    [InlineData("PHP", Api, "Accept: */*\r\nAccept-Encoding: UTF-8\r\n")]
    [InlineData("cmq-sdk", Api, "accept-encoding: gzip, deflate, br\r\n")]
    [InlineData("qcloudapi-sdk", Api, "Connection: close\r\naccept: application/json\r\n")]
    [InlineData("nobody", Api, "Content-Type: multipart/form-data; boundary=x\r\n")]
    public async Task A_form_is_read_whatever_its_headers_say(string client, string path, string headers)
    {
        string form = _served.SignedForm(
            "POST",
            _served.Host,
            path,
            "SendMessage",
            ("queueName", "q-1"),
            ("msgBody", Body),
            ("RequestClient", client));

        RawAnswer answer = await _served.SendAsync(_served.Post(form, path, headers));

        Assert.Equal((0, ""), (answer.Code, answer.Message));
        Assert.StartsWith("HTTP/1.1 200 ", answer.Head);
        Assert.Contains("Content-Type: application/json; charset=utf-8", answer.Head);
        Assert.DoesNotContain("Content-Encoding", answer.Head);
        Assert.Equal(client == "qcloudapi-sdk", answer.SaysClose);
        Assert.Equal(Body, Encoding.UTF8.GetString(_served.Broker.Published.Single().Body.FirstSpan));
    }

    /// <summary>libcurl asks before it sends a large form (PHP, C++).</summary>
    [Fact]
    public async Task A_client_that_asks_whether_to_go_on_is_told_to()
    {
        string form = _served.SignedForm("POST", _served.Host, Api, "ListQueue");
        using TcpClient client = await _served.ConnectAsync();
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(
            $"POST {Api} HTTP/1.1\r\nHost: {_served.Host}\r\nExpect: 100-continue\r\n"
            + $"Content-Length: {form.Length}\r\n\r\n"));
        RawAnswer goOn = await RawAnswer.ReadAsync(client.GetStream());
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(form));

        Assert.StartsWith("HTTP/1.1 100 ", goOn.Head);
        Assert.Equal(0, (await RawAnswer.ReadAsync(client.GetStream())).Code);
    }

    [Fact]
    public async Task A_client_that_leaves_at_values_out_of_its_signature_is_understood()
    {
        string signed = _served.SignedForm("POST", _served.Host, Api, "SendMessage", ("queueName", "q-1"));

        RawAnswer answer = await _served.SendAsync(_served.Post(signed + "&msgBody=%40at+body"));

        Assert.Equal(0, answer.Code);
    }

    [Theory]
    [InlineData("127.0.0.1:80")]
    [InlineData("127.0.0.1:443")]
    [InlineData("127.0.0.1")]
    public async Task A_client_that_signed_another_port_is_understood(string signedHost)
    {
        string form = _served.SignedForm("POST", signedHost, Api, "ListQueue");

        Assert.Equal(0, (await _served.SendAsync(_served.Post(form))).Code);
    }

    [Fact]
    public async Task A_long_get_line_is_read()
    {
        string query = _served.SignedForm(
            "GET",
            _served.Host,
            Api,
            "SendMessage",
            ("queueName", "q-1"),
            ("msgBody", new string('x', 65_536)));

        RawAnswer answer =
            await _served.SendAsync($"GET {Api}?{query} HTTP/1.1\r\nHost: {_served.Host}\r\n\r\n");

        Assert.Equal(0, answer.Code);
        Assert.Equal(65_536, _served.Broker.Published.Single().Body.Length);
    }

    [Fact]
    public async Task A_chunked_form_is_read()
    {
        string form = _served.SignedForm("POST", _served.Host, Api, "ListQueue");
        string chunks = string.Concat(form.Chunk(50).Select(c => $"{c.Length:x}\r\n{new string(c)}\r\n"));

        RawAnswer answer = await _served.SendAsync(
            $"POST {Api} HTTP/1.1\r\nHost: {_served.Host}\r\nTransfer-Encoding: chunked\r\n\r\n"
            + $"{chunks}0\r\n\r\n");

        Assert.Equal(0, answer.Code);
    }

    [Fact]
    public async Task Requests_follow_each_other_on_one_connection()
    {
        using TcpClient client = await _served.ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            string form = _served.SignedForm("POST", _served.Host, Api, "ListQueue");
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(_served.Post(form)));
            Assert.Equal(0, (await RawAnswer.ReadAsync(client.GetStream())).Code);
        }
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Other_methods_are_refused(string method)
    {
        RawAnswer answer = await _served.SendAsync(
            $"{method} {Api} HTTP/1.1\r\nHost: {_served.Host}\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(
            (4000, $"(10410)unexpected http {method} only GET or POST is supported"),
            (answer.Code, answer.Message));
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/v2/index.php/x")]
    public async Task Other_paths_are_refused(string path)
    {
        RawAnswer answer = await _served.SendAsync($"GET {path} HTTP/1.1\r\nHost: {_served.Host}\r\n\r\n");

        Assert.Equal((4000, "(10000)invalid request parameters"), (answer.Code, answer.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&&&")]
    [InlineData("%%%%=%%%%&\u0001\u0002")]
    [InlineData("{\"Action\":\"ListQueue\"}")]
    public async Task A_form_without_sense_is_answered(string form)
    {
        RawAnswer answer = await _served.SendAsync(_served.Post(form));

        Assert.Equal((4000, "(10390)lacked of required parameter SecretId"), (answer.Code, answer.Message));
    }

    [Fact]
    public async Task A_hundred_megabytes_are_refused_by_their_announcement()
    {
        using TcpClient client = await _served.ConnectAsync();
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(
            $"POST {Api} HTTP/1.1\r\nHost: {_served.Host}\r\nContent-Length: 104857600\r\n\r\nmsgBody=x"));

        RawAnswer answer = await RawAnswer.ReadAsync(client.GetStream());

        Assert.Equal(
            (4000, "(10420)cannot parse body, or request size is more than 1MB"),
            (answer.Code, answer.Message));
        Assert.True(answer.SaysClose);
        Assert.Contains(_served.Log.Entries, e => e.Id.Id == 2000);
    }

    [Fact]
    public async Task Forms_together_are_bounded_and_their_memory_is_given_back()
    {
        await using ServedBroker served = await ServedBroker.StartAsync(
            new HttpOptions { MaxRequestBytesInFlight = 100_000 });
        served.Broker.Add("q");
        string large = served.SignedForm(
            "POST",
            served.Host,
            Api,
            "SendMessage",
            ("queueName", "q"),
            ("msgBody", new string('x', 60_000)));
        string tooLarge = served.SignedForm(
            "POST",
            served.Host,
            Api,
            "SendMessage",
            ("queueName", "q"),
            ("msgBody", new string('x', 100_000)));

        for (int i = 0; i < 3; i++)
        {
            RawAnswer refused = await served.SendAsync(served.Post(tooLarge));
            Assert.Equal((4480, true), (refused.Code, refused.SaysClose));
        }

        for (int i = 0; i < 3; i++)
            Assert.Equal(0, (await served.SendAsync(served.Post(large))).Code);
    }

    [Theory]
    [InlineData("AMQP\0\0\t\u0001")]
    [InlineData("\u0016\u0003\u0001\0")]
    [InlineData("GET / HTTP/1.1\r\nno header\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: nonsense\r\n\r\n")]
    public async Task Garbage_closes_its_connection_only(string garbage)
    {
        using TcpClient client = await _served.ConnectAsync();
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(garbage + "\r\n\r\n"));
        byte[] rest = new byte[4096];
        while (await client.GetStream().ReadAsync(rest) > 0)
            Assert.True(client.Connected);

        Assert.Equal(0, (await _served.CallAsync("ListQueue")).GetProperty("code").GetInt32());
        Assert.DoesNotContain(_served.Log.Entries, e => e.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_badly_chunked_form_is_the_peers_mistake()
    {
        RawAnswer answer = await _served.SendAsync(
            $"POST {Api} HTTP/1.1\r\nHost: {_served.Host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");

        Assert.Equal(4000, answer.Code);
        Assert.DoesNotContain(_served.Log.Entries, e => e.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_request_that_is_cut_off_is_nobodys_error()
    {
        using (TcpClient client = await _served.ConnectAsync())
        {
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(
                $"POST {Api} HTTP/1.1\r\nHost: {_served.Host}\r\nContent-Length: 100\r\n\r\nAction="));
        }

        Assert.Equal(0, (await _served.CallAsync("ListQueue")).GetProperty("code").GetInt32());
        Assert.DoesNotContain(_served.Log.Entries, e => e.Level >= LogLevel.Error);
    }
}
