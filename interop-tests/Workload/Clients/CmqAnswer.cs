using System.Text.Json;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>A parsed answer of the CMQ door.</summary>
internal sealed record CmqAnswer(int Code, string Message, JsonElement Json)
{
    public bool IsOk => Code == 0;

    /// <summary>An empty poll is an error answer (7000).</summary>
    public bool IsNoMessage => Code == 7000;

    public string Text(string field) => Json.GetProperty(field).GetString()!;

    public long Number(string field) => Json.GetProperty(field).GetInt64();

    /// <returns>Itself.</returns>
    /// <exception cref="CmqBusyException">Not code 0.</exception>
    public CmqAnswer Expect() => IsOk ? this : throw new CmqBusyException($"{Code} {Message}");
}
