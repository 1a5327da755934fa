using System.Globalization;
using System.Net;
using System.Text;
using Cmq.MultiProtocol.Core;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>Requests that change the cluster (docs/operations.md, Changing a cluster), of users with the tag
/// <c>administrator</c>, by HTTP Basic.</summary>
internal sealed class ClusterRequests(IClusterOperations operations)
{
    private const string AdministratorTag = "administrator";
    private const string Scheme = "Basic ";

    private static readonly AdminAnswer NotFound = new(StatusCodes.Status404NotFound, "not found");

    /// <summary>Whether a path belongs to this; the method is looked at by <see cref="AnswerAsync"/>.</summary>
    public static bool Owns(string path) => Parts(path) is ["cluster", "nodes" or "groups", ..];

    public async Task<AdminAnswer> AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string[] parts = Parts(request.Path.Value ?? "");
        bool isPost = HttpMethods.IsPost(request.Method);
        bool isDelete = HttpMethods.IsDelete(request.Method);
        bool isNode = parts is ["cluster", "nodes", _];
        bool isLeader = parts is ["cluster", "groups", _, "leader"];
        if ((!isNode && !isLeader) || !TryNumber(parts[2], out int number))
            return NotFound;
        if (!(isPost || (isDelete && isNode)))
            return new(StatusCodes.Status405MethodNotAllowed, "method not allowed", isNode ? "POST, DELETE" : "POST");
        if (IsOfAnotherSite(request))
            return new(StatusCodes.Status403Forbidden, "a page of another site asks");
        if (!await IsAdministratorAsync(context))
            return new(StatusCodes.Status401Unauthorized, "a user with the tag administrator is needed");

        CancellationToken cancellation = context.RequestAborted;
        if (isLeader)
            return await MoveAsync(new GroupId(number), request.Query["node"].ToString(), cancellation);
        var node = new NodeId(number);
        if (isDelete)
            return OfRemove(await operations.RemoveNodeAsync(node, cancellation));
        string replace = request.Query["replace"].ToString();
        return replace is "" or "true" or "false"
            ? OfAdd(await operations.AddNodeAsync(node, replace == "true", cancellation))
            : new(StatusCodes.Status400BadRequest, "replace is true or false");
    }

    private async Task<AdminAnswer> MoveAsync(GroupId group, string node, CancellationToken cancellation) =>
        TryNumber(node, out int heir)
            ? OfMove(await operations.MoveLeadershipAsync(group, new NodeId(heir), cancellation))
            : new(StatusCodes.Status400BadRequest, "node is the number of a node");

    private static AdminAnswer OfAdd(Reply reply) => reply switch
    {
        Reply.Ok => AdminAnswer.Accepted,
        Reply.Gone => Conflict("no empty node of that number is connected to this one"),
        Reply.AlreadyExists => Conflict(
            "that node belongs to the cluster with another disk; replace=true gives that one up for good"),
        Reply.InUse => Conflict("that node lives with the disk that the cluster has: if that is the old one, stop it, and "
            + "wait until it is not listed; if it is the new one, it is in already"),
        Reply.LimitReached => Conflict("the cluster has as many nodes as it can have"),
        _ => Failed(reply),
    };

    private static AdminAnswer OfRemove(Reply reply) => reply switch
    {
        Reply.Ok => AdminAnswer.Accepted,
        Reply.NotAllowed => Conflict("it is the node that was asked, which cannot remove itself, or the last one"),
        _ => Failed(reply),
    };

    private static AdminAnswer OfMove(Reply reply) => reply switch
    {
        Reply.Ok => AdminAnswer.Done,
        Reply.Gone => new(StatusCodes.Status404NotFound, "no such group"),
        Reply.NotAllowed => Conflict("that node does not vote in the group"),
        _ => Failed(reply),
    };

    private static AdminAnswer Conflict(string why) => new(StatusCodes.Status409Conflict, why);

    private static AdminAnswer Failed(Reply reply) => reply == Reply.TimedOut
        ? new(StatusCodes.Status504GatewayTimeout, "no majority answered in time; the outcome is unknown")
        : new(StatusCodes.Status503ServiceUnavailable, "this node is not ready");

    /// <summary>A browser adds the administrator's login to whatever any page makes it send.</summary>
    private static bool IsOfAnotherSite(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin
        && (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? page)
            || !string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));

    private async ValueTask<bool> IsAdministratorAsync(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        byte[] decoded = new byte[header.Length];
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || !Convert.TryFromBase64String(header[Scheme.Length..], decoded, out int length))
            return false;
        int colon = decoded.AsSpan(0, length).IndexOf((byte)':');
        if (colon < 0)
            return false;
        string user = Encoding.UTF8.GetString(decoded.AsSpan(0, colon));
        IPAddress peer = context.Connection.RemoteIpAddress ?? IPAddress.None;
        return await operations.LogInAsync(user, decoded.AsMemory(colon + 1, length - colon - 1), peer, context.RequestAborted)
            is { } identity && identity.Tags.Contains(AdministratorTag);
    }

    private static string[] Parts(string path) => path.Length > 1 ? path[1..].Split('/') : [];

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
