using System.Text;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>A short answer of the admin listener.</summary>
/// <param name="Status">HTTP status code.</param>
/// <param name="Json">The body.</param>
/// <param name="Allow">The methods that there are, when the one that was used is none of them.</param>
internal readonly record struct AdminAnswer(int Status, byte[] Json, string? Allow)
{
    public AdminAnswer(int status, string error, string? allow = null)
        : this(status, Encoding.UTF8.GetBytes($$"""{"error":"{{error}}"}"""), allow)
    {
    }

    /// <summary>Decided; it happens by itself from here on.</summary>
    public static AdminAnswer Accepted { get; } =
        new(StatusCodes.Status202Accepted, """{"status":"accepted"}"""u8.ToArray(), Allow: null);

    /// <summary>It has happened.</summary>
    public static AdminAnswer Done { get; } =
        new(StatusCodes.Status200OK, """{"status":"done"}"""u8.ToArray(), Allow: null);
}
