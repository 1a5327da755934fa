namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>The request breaks the specification, or asks for what cannot be had; it ends with this
/// answer.</summary>
/// <param name="error">What goes on the wire.</param>
/// <param name="closes">The connection is of no further use: the rest of the request is not read.</param>
public sealed class HttpProtocolException(HttpError error, bool closes = false) : Exception(error.Message)
{
    public HttpError Error { get; } = error;

    public bool Closes { get; } = closes;
}
