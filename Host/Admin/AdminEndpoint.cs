using System.Text;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>The admin listener: <c>GET /health/live</c> and <c>GET /health/ready</c>, 200 or 503 with a short JSON;
/// <c>GET /cluster</c>, and <c>GET /cluster/queue?namespace=/&amp;name=orders</c>; what changes the cluster goes to
/// <see cref="ClusterRequests"/>; everything else is not found.</summary>
/// <param name="node">This node.</param>
/// <param name="state">Its health.</param>
/// <param name="cluster">What it knows of the cluster; null while it starts.</param>
/// <param name="findQueue">Where a queue is, by namespace and name; null when there is none.</param>
/// <param name="operations">What administrators can do.</param>
internal sealed class AdminEndpoint(
    NodeId node,
    Func<NodeState> state,
    Func<ClusterStatus?> cluster,
    Func<string, string, QueuePlace?> findQueue,
    IClusterOperations operations)
{
    private readonly ClusterRequests _requests = new(operations);

    public async Task HandleAsync(HttpContext context)
    {
        (int status, byte[] json, string? allow) = ClusterRequests.Owns(context.Request.Path.Value ?? "")
            ? await _requests.AnswerAsync(context)
            : Answer(context.Request);
        context.Response.StatusCode = status;
        if (allow is not null)
            context.Response.Headers.Allow = allow;
        if (status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"cmqd\"";
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = json.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    private AdminAnswer Answer(HttpRequest request)
    {
        string path = request.Path.Value ?? "";
        if (path is not ("/health/live" or "/health/ready" or "/cluster" or "/cluster/queue"))
            return new(StatusCodes.Status404NotFound, "not found");
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return new(StatusCodes.Status405MethodNotAllowed, "method not allowed", "GET, HEAD");

        NodeState now = state();
        return path switch
        {
            "/health/live" => Health(now, now.IsLive),
            "/health/ready" => Health(now, now.IsReady),
            "/cluster" => cluster() is { } known
                ? new(StatusCodes.Status200OK, AdminJson.Of(known), Allow: null)
                : new(StatusCodes.Status503ServiceUnavailable, now.Status),
            _ => Queue(request.Query),
        };
    }

    private AdminAnswer Queue(IQueryCollection query)
    {
        string ns = query.TryGetValue("namespace", out var given) ? given.ToString() : "/";
        return findQueue(ns, query["name"].ToString()) is { } place
            ? new(StatusCodes.Status200OK, AdminJson.Of(place), Allow: null)
            : new(StatusCodes.Status404NotFound, "no such queue");
    }

    private AdminAnswer Health(NodeState now, bool good) => new(
        good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
        Encoding.UTF8.GetBytes($$"""{"status":"{{now.Status}}","node":{{node}}}"""),
        Allow: null);
}
