using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Cmq.MultiProtocol.Adapters.Http;
using Cmq.MultiProtocol.Adapters.Http.Codec;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>A SendMessage of 1 KB by POST, signed with HmacSHA256 as stock clients do, and its answer. HTTP itself is the
/// framework's.</summary>
public class HttpCodecBenchmarks
{
    private const int BodyBytes = 1024;
    private const int MaxParameters = 256;
    private const int Port = 8080;
    private const string SecretKey = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";
    private const string RequestId = "14534664555";

    private readonly HttpActionReader _actions = new(new HttpOptions());
    private readonly FixedOutput _output = new(4 * BodyBytes);
    private readonly HttpAnswer _sent = new HttpAnswer.MessageSent("123345346");
    private byte[] _form = [];
    private HttpSignedRequest _request = null!;

    [GlobalSetup]
    public void Encode()
    {
        string form = $"Action=SendMessage&queueName=orders&msgBody={new string('x', BodyBytes)}&Region=gz"
            + "&SecretId=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE&Timestamp=1700000000&Nonce=4711&SignatureMethod=HmacSHA256";
        string signature = HttpSignature.Sign(Request(HttpFormReader.Read(Encoding.ASCII.GetBytes(form), MaxParameters)), SecretKey);
        _form = Encoding.ASCII.GetBytes($"{form}&Signature={Uri.EscapeDataString(signature)}");
        _request = Request(HttpFormReader.Read(_form, MaxParameters));
        if (!VerifySignature())
            throw new InvalidOperationException("the request that is measured is not signed as it should be");
    }

    /// <summary>The form's parameters, and what they ask for.</summary>
    [Benchmark]
    public HttpAction ParseSend() => _actions.Read(HttpFormReader.Read(_form, MaxParameters));

    [Benchmark]
    public bool VerifySignature() => HttpSignature.Verify(_request, SecretKey);

    [Benchmark]
    public int WriteSent()
    {
        _output.Clear();
        using var json = new Utf8JsonWriter(_output, HttpWriter.JsonOptions);
        foreach (long _ in HttpWriter.Portions(json, _sent, RequestId))
        {
            // Small: it goes in one piece.
            continue;
        }

        return _output.Length;
    }

    private static HttpSignedRequest Request(HttpParameters parameters) =>
        new("POST", HttpSignedRequest.HostsOf($"localhost:{Port}", Port, []), "/v2/index.php", parameters);
}
