using System.Text.Json;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>The attribute deadLetterPolicy, a JSON text in requests (spec section 6.6). Exactly one of the
/// two limits is set; it stands for policy 0 or 1.</summary>
/// <param name="DeadLetterQueue">Name of the queue that gets the dead letters.</param>
/// <param name="MaxReceiveCount">Policy 0: receives without a delete, 1 to 1000.</param>
/// <param name="MaxTimeToLive">Policy 1: seconds without a delete, 300 to 43200.</param>
public sealed record DeadLetterPolicy(string DeadLetterQueue, int? MaxReceiveCount, int? MaxTimeToLive)
{
    private const string Parameter = "deadLetterPolicy";
    private const int MaxDepth = 4;

    /// <returns>Null for an empty text or object: no policy.</returns>
    /// <exception cref="HttpProtocolException">Not such a JSON text (4000/10360), a part is missing
    /// (4000/10390) or out of range (4000/10350).</exception>
    public static DeadLetterPolicy? Read(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;

        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new HttpProtocolException(HttpError.WrongType(Parameter));
            return root.EnumerateObject().Any() ? Read(root) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second is how the reader says that an escape stands for half a character.
            throw new HttpProtocolException(HttpError.WrongType(Parameter));
        }
    }

    private static DeadLetterPolicy Read(JsonElement root)
    {
        if (!root.TryGetProperty("deadLetterQueue", out JsonElement queue))
            throw new HttpProtocolException(HttpError.Missing("deadLetterQueue"));
        if (queue.ValueKind != JsonValueKind.String)
            throw new HttpProtocolException(HttpError.WrongType("deadLetterQueue"));

        return Number(root, "policy", 0, 1) == 0
            ? new DeadLetterPolicy(queue.GetString()!, Number(root, "maxReceiveCount", 1, 1_000), null)
            : new DeadLetterPolicy(queue.GetString()!, null, Number(root, "maxTimeToLive", 300, 43_200));
    }

    /// <summary>A number, or a text with one: clients that build the JSON from form fields quote
    /// it.</summary>
    private static int Number(JsonElement root, string name, int min, int max)
    {
        if (!root.TryGetProperty(name, out JsonElement element))
            throw new HttpProtocolException(HttpError.Missing(name));

        int number;
        bool isNumber = element.ValueKind switch
        {
            JsonValueKind.Number => element.TryGetInt32(out number),
            JsonValueKind.String => int.TryParse(element.GetString(), out number),
            _ => throw new HttpProtocolException(HttpError.WrongType(name)),
        };
        if (!isNumber)
            throw new HttpProtocolException(HttpError.WrongType(name));
        if (number < min || number > max)
            throw new HttpProtocolException(HttpError.OutOfRange(name));
        return number;
    }
}
