using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>
/// The stored form of <see cref="TopicAttributes"/> and <see cref="Subscription"/>: this door's arguments of a topic
/// and of a binding. Numbers are big-endian, a text is its length (1 byte) and UTF-8. On disk: a change needs another
/// version.
/// </summary>
public static class TopicBlock
{
    private const byte Version = 1;
    private const int TopicBytes = 26;

    /// <summary>No other protocol's arguments begin so: as AMQP's they would name a field "" of an unknown type.</summary>
    private static ReadOnlySpan<byte> TopicMark => [0, 1, (byte)'c', (byte)'t', Version];

    private static ReadOnlySpan<byte> SubscriptionMark => [0, 1, (byte)'c', (byte)'s', Version];

    public static byte[] Write(TopicAttributes topic)
    {
        byte[] block = new byte[TopicBytes];
        TopicMark.CopyTo(block);
        block[5] = (byte)topic.Filter;
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(6), topic.MaxMsgSize);
        BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(10), topic.CreatedMs);
        BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(18), topic.ChangedMs);
        return block;
    }

    /// <returns>False: the topic was not made through this door.</returns>
    public static bool TryRead(ReadOnlySpan<byte> block, [NotNullWhen(true)] out TopicAttributes? topic)
    {
        topic = block.Length == TopicBytes && block.StartsWith(TopicMark)
            ? new TopicAttributes(
                BinaryPrimitives.ReadInt32BigEndian(block[6..]),
                (TopicFilter)block[5],
                BinaryPrimitives.ReadInt64BigEndian(block[10..]),
                BinaryPrimitives.ReadInt64BigEndian(block[18..]))
            : null;
        return topic is not null;
    }

    public static byte[] Write(Subscription subscription)
    {
        using var output = new MemoryStream();
        output.Write(SubscriptionMark);
        output.WriteByte((byte)subscription.NotifyStrategy);
        Write(output, subscription.CreatedMs);
        Write(output, subscription.ChangedMs);
        Write(output, subscription.Name);
        Write(output, subscription.Endpoint);
        Write(output, subscription.FilterTags);
        Write(output, subscription.BindingKeys);
        return output.ToArray();
    }

    /// <returns>False: the binding is no subscription.</returns>
    /// <exception cref="InvalidDataException">It is cut off.</exception>
    public static bool TryRead(ReadOnlySpan<byte> block, [NotNullWhen(true)] out Subscription? subscription)
    {
        subscription = null;
        if (!block.StartsWith(SubscriptionMark))
            return false;
        ReadOnlySpan<byte> rest = block[SubscriptionMark.Length..];
        var strategy = (NotifyStrategy)Cut(ref rest, 1)[0];
        long createdMs = BinaryPrimitives.ReadInt64BigEndian(Cut(ref rest, sizeof(long)));
        long changedMs = BinaryPrimitives.ReadInt64BigEndian(Cut(ref rest, sizeof(long)));
        string name = Text(ref rest);
        string endpoint = Text(ref rest);
        subscription = new Subscription(
            name, endpoint, strategy, Texts(ref rest), Texts(ref rest), createdMs, changedMs);
        return true;
    }

    private static void Write(MemoryStream output, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        output.Write(bytes);
    }

    private static void Write(MemoryStream output, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        output.WriteByte(checked((byte)bytes.Length));
        output.Write(bytes);
    }

    private static void Write(MemoryStream output, IReadOnlyList<string> texts)
    {
        output.WriteByte(checked((byte)texts.Count));
        foreach (string text in texts)
            Write(output, text);
    }

    private static ReadOnlySpan<byte> Cut(ref ReadOnlySpan<byte> rest, int length)
    {
        if (rest.Length < length)
            throw new InvalidDataException("A subscription of the HTTP door is cut off.");
        ReadOnlySpan<byte> part = rest[..length];
        rest = rest[length..];
        return part;
    }

    private static string Text(ref ReadOnlySpan<byte> rest) =>
        Encoding.UTF8.GetString(Cut(ref rest, Cut(ref rest, 1)[0]));

    private static List<string> Texts(ref ReadOnlySpan<byte> rest)
    {
        int count = Cut(ref rest, 1)[0];
        var texts = new List<string>(count);
        while (texts.Count < count)
            texts.Add(Text(ref rest));
        return texts;
    }
}
