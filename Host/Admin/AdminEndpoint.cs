using Cmq.MultiProtocol.Core;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>The admin listener: <c>GET /health/live</c> and <c>GET /health/ready</c>, 200 or 503 with a short JSON;
/// everything else is not found.</summary>
internal sealed class AdminEndpoint(NodeId node, Func<NodeState> state)
{
    public Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (path is not ("/health/live" or "/health/ready"))
            return WriteAsync(context, StatusCodes.Status404NotFound, """{"error":"not found"}""");
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, """{"error":"method not allowed"}""");
        }

        NodeState now = state();
        bool good = path == "/health/live" ? now.IsLive : now.IsReady;
        return WriteAsync(
            context,
            good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            $$"""{"status":"{{now.Status}}","node":{{node}}}""");
    }

    private static Task WriteAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = json.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsync(json, context.RequestAborted);
    }
}
