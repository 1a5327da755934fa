using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Metadata;
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
    [InlineData("GET", "/cluster/", 404)]
    [InlineData("GET", "/cluster/queue", 404)]
    [InlineData("POST", "/health/live", 405)]
    [InlineData("DELETE", "/cluster", 405)]
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

    [Fact]
    public async Task Who_leads_each_group_is_told_and_who_is_there()
    {
        var id = Guid.Parse("6f1b5c1e-3a58-4b02-9d51-58ad2f3ce4a1");
        var status = new ClusterStatus(
            new NodeId(7),
            id,
            [
                new GroupStatus(GroupId.Directory, new NodeId(2), 5, 1_234)
                {
                    Members = new GroupMembers([new NodeId(2), new NodeId(7)], [new NodeId(8)])
                    {
                        Outgoing = [new NodeId(7)],
                    },
                    Progress = [new MemberProgress(new NodeId(8), 1_200, true, true, false)],
                },
                new GroupStatus(new GroupId(1), null, 6, 0),
            ],
            [new NodeInfo(new NodeIncarnation(new NodeId(2), 131_072), Guid.NewGuid(), "127.0.0.1:7400")])
        {
            Members = [new ClusterMember(new Replica(new NodeId(2), id), 0)],
            Waiting = [new Replica(new NodeId(9), id)],
        };

        (int code, string body) = await AskAsync("GET", "/cluster", Ready, status);

        Assert.Equal(200, code);
        Assert.Equal(
            $$"""
            {"node":7,"cluster":"{{id}}",
            "groups":[{"group":0,"leader":2,"term":5,"applied":1234,"voters":[2,7],"outgoing":[7],"learners":[8],
            "progress":[{"node":8,"stored":1200,"heard":true,"snapshot":false}]},
            {"group":1,"leader":null,"term":6,"applied":0,"voters":[]}],
            "nodes":[{"node":2,"incarnation":131072,"address":"127.0.0.1:7400"}],
            "members":[{"node":2,"store":"{{id}}"}],"waiting":[{"node":9,"store":"{{id}}"}]}
            """.ReplaceLineEndings(""),
            body);
    }

    [Fact]
    public async Task Before_there_is_a_node_the_cluster_is_not_available()
    {
        (int code, string body) = await AskAsync("GET", "/cluster", new NodeState(true, false, "starting"));

        Assert.Equal((503, """{"error":"starting"}"""), (code, body));
    }

    [Theory]
    [InlineData("?name=orders", 200, """{"group":1,"leader":3}""")]
    [InlineData("?namespace=%2F&name=orders", 200, """{"group":1,"leader":3}""")]
    [InlineData("?namespace=/shop&name=orders", 200, """{"group":2,"leader":null}""")]
    [InlineData("?name=ORDERS", 404, """{"error":"no such queue"}""")]
    [InlineData("?namespace=&name=orders", 404, """{"error":"no such queue"}""")]
    public async Task The_group_of_a_queue_is_told(string query, int status, string answer)
    {
        (int code, string body) = await AskAsync("GET", "/cluster/queue", Ready, query: query);

        Assert.Equal((status, answer), (code, body));
    }

    private static readonly NodeState Ready = new(true, true, "ready");

    private static QueuePlace? Find(string ns, string name) => (ns, name) switch
    {
        ("/", "orders") => new QueuePlace(new GroupId(1), new NodeId(3)),
        ("/shop", "orders") => new QueuePlace(new GroupId(2), null),
        _ => null,
    };

    private static async Task<(int Code, string Body)> AskAsync(
        string method, string path, NodeState state, ClusterStatus? cluster = null, string query = "")
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Path = path;
        context.Request.QueryString = new QueryString(query);
        using var body = new MemoryStream();
        context.Response.Body = body;

        await new AdminEndpoint(new NodeId(7), () => state, () => cluster, Find, new RecordingOperations()).HandleAsync(context);

        return (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }
}
