namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>Which part of a list is wanted.</summary>
/// <param name="SearchWord">Part of the names wanted; "" = all.</param>
/// <param name="Offset">Matches to skip.</param>
/// <param name="Limit">Most entries in the answer.</param>
public readonly record struct HttpPage(string SearchWord, int Offset, int Limit)
{
    private const int DefaultLimit = 20;

    /// <exception cref="HttpProtocolException">A number is wrong.</exception>
    public static HttpPage Read(HttpParameters parameters, int maxLimit)
    {
        bool searches = parameters.Has("searchWord")
            && !HttpParameters.IsUndefined(parameters.Bytes("searchWord").Span);
        return new HttpPage(
            searches ? parameters.Text("searchWord") : "",
            (int?)parameters.OptionalNumber("offset", 0, int.MaxValue) ?? 0,
            (int?)parameters.OptionalNumber("limit", 1, maxLimit) ?? DefaultLimit);
    }
}
