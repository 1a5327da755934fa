using System.Buffers;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Interop.RocketMq;

/// <summary>A request of a real client and what the real server answered.</summary>
/// <param name="Client">Program and version.</param>
/// <param name="Request">Null: nothing was recorded.</param>
/// <param name="Response">Null: one-way, or the connection closed first.</param>
public sealed record Exchange(
    string Name, string Client, bool IsToNameServer, RocketMqCommand? Request, RocketMqCommand? Response)
{
    private const int MaxFrameBytes = 16 * 1024 * 1024;

    /// <summary>Everything that clients asked, in the order of the file.</summary>
    public static IReadOnlyList<Exchange> ReadAll() =>
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "rocketmq-transcripts.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(json => json.GetProperty("to").GetString() != "client")
            .Select(json => new Exchange(
                json.GetProperty("name").GetString()!,
                json.GetProperty("client").GetString()!,
                json.GetProperty("to").GetString() == "namesrv",
                Command(json, "request_hex"),
                Command(json, "response_hex"))),
    ];

    public static RocketMqCommand? Read(ref ReadOnlySequence<byte> input) =>
        RocketMqReader.TryRead(ref input, MaxFrameBytes, MaxFrameBytes, out RocketMqCommand? command) ? command : null;

    private static RocketMqCommand? Command(JsonElement json, string name)
    {
        if (json.GetProperty(name).GetString() is not { } hex)
            return null;
        var frame = new ReadOnlySequence<byte>(Convert.FromHexString(hex));
        return Read(ref frame);
    }
}
