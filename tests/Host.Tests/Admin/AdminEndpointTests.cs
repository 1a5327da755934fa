using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Host.Admin;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Host.Tests.Admin;

public sealed class AdminEndpointTests
{
    [Theory]
    [InlineData("/health/live", true, false, 200)]
    [InlineData("/health/live", false, false, 503)]
    [InlineData("/health/ready", true, true, 200)]
    [InlineData("/health/ready", true, false, 503)]
    public async Task Health_answers_by_status_code_and_says_more_in_JSON(string path, bool live, bool ready, int status)
    {
        (int code, string body) = await AskAsync("GET", path, new NodeState(live, ready, "waiting"));

        Assert.Equal(status, code);
        using JsonDocument json = JsonDocument.Parse(body);
        Assert.Equal("waiting", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(7, json.RootElement.GetProperty("node").GetInt32());
    }

    [Theory]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/metrics", 404)]
    [InlineData("GET", "/health", 404)]
    [InlineData("GET", "/health/live/", 404)]
    [InlineData("POST", "/health/live", 405)]
    public async Task Everything_else_is_an_error_in_JSON(string method, string path, int status)
    {
        (int code, string body) = await AskAsync(method, path, new NodeState(true, true, "ready"));

        Assert.Equal(status, code);
        using JsonDocument json = JsonDocument.Parse(body);
        Assert.NotEqual("", json.RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_head_request_gets_the_status_without_the_body()
    {
        (int code, string body) = await AskAsync("HEAD", "/health/ready", new NodeState(true, true, "ready"));

        Assert.Equal((200, ""), (code, body));
    }

    private static async Task<(int Code, string Body)> AskAsync(string method, string path, NodeState state)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Path = path;
        using var body = new MemoryStream();
        context.Response.Body = body;

        await new AdminEndpoint(new NodeId(7), () => state).HandleAsync(context);

        return (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }
}
