using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>Signed POST requests as the SDKs send them (CMQ API, signature: HmacSHA256 over the raw values).</summary>
internal sealed class CmqClient(int port, string secretId, string secretKey) : IDisposable
{
    private const string Path = "/v2/index.php";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(45) };

    public static CmqClient Of(BrokerProcess broker) => new(broker.HttpPort, broker.SecretId, broker.SecretKey);

    public async Task<CmqAnswer> CallAsync(string action, params (string Name, string Value)[] parameters)
    {
        using HttpRequestMessage request = Request(action, parameters);
        using HttpResponseMessage response = await _http.SendAsync(request);
        Assert.Equal(200, (int)response.StatusCode);
        using JsonDocument json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        JsonElement root = json.RootElement.Clone();
        return new CmqAnswer(root.GetProperty("code").GetInt32(), root.GetProperty("message").GetString()!, root);
    }

    /// <summary>A signed request that is not sent yet.</summary>
    public HttpRequestMessage Request(string action, params (string Name, string Value)[] parameters)
    {
        List<(string Name, string Value)> all =
        [
            ("Action", action),
            ("Nonce", Random.Shared.Next(1, int.MaxValue).ToString(CultureInfo.InvariantCulture)),
            ("SecretId", secretId),
            ("SignatureMethod", "HmacSHA256"),
            ("Timestamp", DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            .. parameters,
        ];
        all.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        string authority = $"127.0.0.1:{port}";
        all.Add(("Signature", Sign("POST", authority + Path, all, secretKey)));
        return new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{authority}{Path}"))
        {
            Content = new FormUrlEncodedContent(all.Select(one => KeyValuePair.Create(one.Name, one.Value))),
        };
    }

    /// <param name="method">GET or POST.</param>
    /// <param name="target">Host, port and path.</param>
    /// <param name="sorted">Parameters by name, ordinal.</param>
    /// <param name="key">The secret key.</param>
    public static string Sign(
        string method, string target, IEnumerable<(string Name, string Value)> sorted, string key)
    {
        string text = $"{method}{target}?{string.Join('&', sorted.Select(one => $"{one.Name}={one.Value}"))}";
        return Convert.ToBase64String(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text)));
    }

    public void Dispose() => _http.Dispose();
}
