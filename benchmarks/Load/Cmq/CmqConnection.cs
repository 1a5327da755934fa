using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cmq.MultiProtocol.Benchmarks.Load.Cmq;

/// <summary>One kept-alive connection that sends signed POST requests as the SDKs do (HmacSHA256 over the raw values).
/// </summary>
internal sealed class CmqConnection : IDisposable
{
    public const int Ok = 0;

    /// <summary>An empty poll.</summary>
    public const int NoMessage = 7000;

    private const string Path = "/v2/index.php";

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1 })
    {
        Timeout = TimeSpan.FromSeconds(60),
    };
    private readonly LoadOptions _options;
    private readonly string _authority;
    private readonly byte[] _key;

    public CmqConnection(LoadOptions options, int number)
    {
        IPEndPoint address = options.AddressOf(number);
        (_options, _authority, _key) = (options, address.ToString(), Encoding.UTF8.GetBytes(options.Password));
    }

    /// <summary>Asks and waits.</summary>
    /// <returns>The answer's code, and all of it.</returns>
    /// <exception cref="HttpRequestException">No answer, or none with status 200.</exception>
    public (int Code, JsonElement Json) Ask(string action, params IEnumerable<(string Name, string Value)> parameters)
    {
        List<(string Name, string Value)> all =
        [
            ("Action", action),
            ("Nonce", Random.Shared.Next(1, int.MaxValue).ToString(CultureInfo.InvariantCulture)),
            ("SecretId", _options.User),
            ("SignatureMethod", "HmacSHA256"),
            ("Timestamp", DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            .. parameters,
        ];
        all.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        string signed = $"POST{_authority}{Path}?{string.Join('&', all.Select(one => $"{one.Name}={one.Value}"))}";
        all.Add(("Signature", Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(signed)))));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{_authority}{Path}"))
        {
            Content = new FormUrlEncodedContent(all.Select(one => KeyValuePair.Create(one.Name, one.Value))),
        };
        using HttpResponseMessage response = _http.Send(request);
        response.EnsureSuccessStatusCode();
        using Stream body = response.Content.ReadAsStream();
        using JsonDocument json = JsonDocument.Parse(body);
        JsonElement root = json.RootElement.Clone();
        return (root.GetProperty("code").GetInt32(), root);
    }

    /// <summary>Asks what must not be refused.</summary>
    /// <exception cref="IOException">It was.</exception>
    public JsonElement Demand(string action, params IEnumerable<(string Name, string Value)> parameters)
    {
        (int code, JsonElement json) = Ask(action, parameters);
        return code == Ok ? json : throw new IOException($"{action}: {code} {json.GetProperty("message").GetString()}");
    }

    public void Dispose() => _http.Dispose();
}
