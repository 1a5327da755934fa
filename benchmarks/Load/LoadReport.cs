using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>What a run gave; written as JSON.</summary>
/// <param name="Arguments">The command line, so that it can be repeated.</param>
/// <param name="Server">What the broker says it is, if it does.</param>
/// <param name="Phases">In the order of the run.</param>
/// <param name="Verification">Of all phases together.</param>
public sealed record LoadReport(
    IReadOnlyList<string> Arguments, string Server, IReadOnlyList<PhaseReport> Phases, Verification Verification)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <exception cref="JsonException">It is none.</exception>
    public static LoadReport FromJson(string json) =>
        JsonSerializer.Deserialize<LoadReport>(json, s_json) ?? throw new JsonException("null is no report");
}
