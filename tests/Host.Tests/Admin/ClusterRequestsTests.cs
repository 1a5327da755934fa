using System.Text;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Host.Admin;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Host.Tests.Admin;

public sealed class ClusterRequestsTests
{
    [Theory]
    [InlineData("POST", "/cluster/nodes/4", "", 202, "add 4")]
    [InlineData("POST", "/cluster/nodes/4", "?replace=false", 202, "add 4")]
    [InlineData("POST", "/cluster/nodes/4", "?replace=true", 202, "add 4 replace")]
    [InlineData("DELETE", "/cluster/nodes/4", "", 202, "remove 4")]
    [InlineData("POST", "/cluster/groups/0/leader", "?node=2", 200, "move 0 to 2")]
    public async Task An_administrator_changes_the_cluster(
        string method, string path, string query, int status, string asked)
    {
        var operations = new RecordingOperations();

        (int code, _, _) = await AskAsync(operations, method, path, query, "root:secret");

        Assert.Equal(status, code);
        Assert.Equal([asked], operations.Asked);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("root:wrong")]
    [InlineData("joe:secret")]
    [InlineData("root")]
    [InlineData("")]
    public async Task Nobody_else_does(string? login)
    {
        var operations = new RecordingOperations();

        (int code, _, IHeaderDictionary headers) = await AskAsync(operations, "DELETE", "/cluster/nodes/4", "", login);

        Assert.Equal(401, code);
        Assert.Equal("Basic realm=\"cmqd\"", headers.WWWAuthenticate.ToString());
        Assert.Empty(operations.Asked);
    }

    [Theory]
    [InlineData("http://127.0.0.1:15672", 202)]
    [InlineData("http://127.0.0.1:80", 403)]
    [InlineData("https://example.org", 403)]
    [InlineData("null", 403)]
    public async Task A_page_of_another_site_cannot_use_the_login_that_a_browser_keeps(string origin, int status)
    {
        var operations = new RecordingOperations();

        (int code, _, _) = await AskAsync(operations, "DELETE", "/cluster/nodes/4", "", "root:secret", origin);

        Assert.Equal(status, code);
        Assert.Equal(status == 202 ? 1 : 0, operations.Asked.Count);
    }

    [Theory]
    [InlineData("GET", "/cluster/nodes/4", "", 405)]
    [InlineData("DELETE", "/cluster/groups/1/leader", "?node=2", 405)]
    [InlineData("POST", "/cluster/nodes", "", 404)]
    [InlineData("POST", "/cluster/nodes/", "", 404)]
    [InlineData("POST", "/cluster/nodes/-4", "", 404)]
    [InlineData("POST", "/cluster/nodes/4/disk", "", 404)]
    [InlineData("POST", "/cluster/groups/1", "", 404)]
    [InlineData("POST", "/cluster/groups/x/leader", "?node=2", 404)]
    [InlineData("POST", "/cluster/groups/1/leader", "", 400)]
    [InlineData("POST", "/cluster/groups/1/leader", "?node=two", 400)]
    [InlineData("POST", "/cluster/nodes/4", "?replace=yes", 400)]
    public async Task What_makes_no_sense_changes_nothing(string method, string path, string query, int status)
    {
        var operations = new RecordingOperations();

        (int code, string body, _) = await AskAsync(operations, method, path, query, "root:secret");

        Assert.Equal(status, code);
        Assert.StartsWith("{\"error\":\"", body, StringComparison.Ordinal);
        Assert.Empty(operations.Asked);
    }

    public static TheoryData<Reply> Failures => [.. Enum.GetValues<Reply>().Where(reply => reply != Reply.Ok)];

    [Theory, MemberData(nameof(Failures))]
    public async Task Every_failure_has_a_status_and_a_reason(Reply reply)
    {
        var operations = new RecordingOperations { Reply = reply };
        foreach ((string method, string path, string query) in ((string, string, string)[])
            [("POST", "/cluster/nodes/4", ""), ("DELETE", "/cluster/nodes/4", ""),
                ("POST", "/cluster/groups/1/leader", "?node=2")])
        {
            (int code, string body, _) = await AskAsync(operations, method, path, query, "root:secret");
            Assert.Contains(code, (int[])[404, 409, 503, 504]);
            Assert.StartsWith("{\"error\":\"", body, StringComparison.Ordinal);
        }
    }

    private static async Task<(int Code, string Body, IHeaderDictionary Headers)> AskAsync(
        IClusterOperations operations, string method, string path, string query, string? login,
        string? origin = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Path = path;
        context.Request.QueryString = new QueryString(query);
        if (login is not null)
            context.Request.Headers.Authorization = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(login))}";
        context.Request.Host = new HostString("127.0.0.1", 15672);
        if (origin is not null)
            context.Request.Headers.Origin = origin;
        using var body = new MemoryStream();
        context.Response.Body = body;
        var endpoint = new AdminEndpoint(
            new NodeId(7), () => new NodeState(true, true, "ready"), () => null, (_, _) => null, operations);

        await endpoint.HandleAsync(context);

        return (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()), context.Response.Headers);
    }
}
