using System.Text;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>The admin listener: <c>GET /health/live</c> and <c>GET /health/ready</c>, 200 or 503 with a short JSON;
/// <c>GET /cluster</c>, and <c>GET /cluster/queue?namespace=/&amp;name=orders</c>; everything else is not
/// found.</summary>
/// <param name="node">This node.</param>
/// <param name="state">Its health.</param>
/// <param name="cluster">What it knows of the cluster; null while it starts.</param>
/// <param name="findQueue">Where a queue is, by namespace and name; null when there is none.</param>
internal sealed class AdminEndpoint(
    NodeId node,
    Func<NodeState> state,
    Func<ClusterStatus?> cluster,
    Func<string, string, QueuePlace?> findQueue)
{
    public Task HandleAsync(HttpContext context)
    {
        (int status, byte[] json) = Answer(context.Request);
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status405MethodNotAllowed)
            context.Response.Headers.Allow = "GET, HEAD";
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = json.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }

    private (int Status, byte[] Json) Answer(HttpRequest request)
    {
        string path = request.Path.Value ?? "";
        if (path is not ("/health/live" or "/health/ready" or "/cluster" or "/cluster/queue"))
            return Error(StatusCodes.Status404NotFound, "not found");
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return Error(StatusCodes.Status405MethodNotAllowed, "method not allowed");

        NodeState now = state();
        return path switch
        {
            "/health/live" => Health(now, now.IsLive),
            "/health/ready" => Health(now, now.IsReady),
            "/cluster" => cluster() is { } known
                ? (StatusCodes.Status200OK, AdminJson.Of(known))
                : Error(StatusCodes.Status503ServiceUnavailable, now.Status),
            _ => Queue(request.Query),
        };
    }

    private (int Status, byte[] Json) Queue(IQueryCollection query)
    {
        string ns = query.TryGetValue("namespace", out var given) ? given.ToString() : "/";
        return findQueue(ns, query["name"].ToString()) is { } place
            ? (StatusCodes.Status200OK, AdminJson.Of(place))
            : Error(StatusCodes.Status404NotFound, "no such queue");
    }

    private (int Status, byte[] Json) Health(NodeState now, bool good) => (
        good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
        Encoding.UTF8.GetBytes($$"""{"status":"{{now.Status}}","node":{{node}}}"""));

    private static (int Status, byte[] Json) Error(int status, string what) =>
        (status, Encoding.UTF8.GetBytes($$"""{"error":"{{what}}"}"""));
}
