using System.Text.Json;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;

/// <summary>What real clients and servers said to each other, frame by frame (specification section
/// 19).</summary>
public sealed record Transcript(string Name, string Client, string To, byte[]? Request, byte[]? Response)
{
    public static IReadOnlyList<Transcript> All { get; } =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "rocketmq-transcripts.jsonl")).Select(Parse),
    ];

    /// <summary>All frames, whoever sent them.</summary>
    public static IEnumerable<byte[]> Frames =>
        All.SelectMany(one => new[] { one.Request, one.Response }).OfType<byte[]>();

    public static Transcript Find(string name) => All.First(one => one.Name == name);

    private static Transcript Parse(string line)
    {
        JsonElement json = JsonDocument.Parse(line).RootElement;
        return new(
            json.GetProperty("name").GetString()!, json.GetProperty("client").GetString()!,
            json.GetProperty("to").GetString()!, Bytes(json, "request_hex"), Bytes(json, "response_hex"));
    }

    private static byte[]? Bytes(JsonElement json, string name) =>
        json.GetProperty(name).GetString() is { } hex ? Convert.FromHexString(hex) : null;
}
