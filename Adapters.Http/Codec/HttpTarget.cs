namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>A request line's target.</summary>
/// <param name="Path">As it was sent, because it is part of what is signed.</param>
/// <param name="Query">Without the question mark; "" when there is none.</param>
public readonly record struct HttpTarget(string Path, string Query)
{
    /// <summary>The paths that stock clients use, with any number of slashes before them: the official Go
    /// client posts to <c>/</c>, the Java client to <c>//v2/index.php</c> (spec section 1.1).</summary>
    public bool IsApi => Path.TrimStart('/') is "" or "v2/index.php" && Path.StartsWith('/');

    /// <param name="target">In origin form, or in absolute form as proxies get it.</param>
    public static HttpTarget Read(string target)
    {
        if (!target.StartsWith('/'))
        {
            int scheme = target.IndexOf("://", StringComparison.Ordinal);
            int slash = scheme < 0 ? -1 : target.IndexOf('/', scheme + 3);
            target = slash < 0 ? "/" : target[slash..];
        }

        int question = target.IndexOf('?');
        return question < 0
            ? new HttpTarget(target, "")
            : new HttpTarget(target[..question], target[(question + 1)..]);
    }
}
