using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Asks a group's leader for last values; the body of a <see cref="PartAsk"/>.</summary>
/// <param name="Topic">Where they were published.</param>
/// <param name="Pattern">Which keys.</param>
/// <param name="After">Only keys behind this one, in the order of their levels; null = from the first.</param>
/// <param name="Most">Messages, at most.</param>
internal sealed record LastValueAsk(TopicId Topic, string Pattern, string? After, int Most)
{
    /// <summary>Its number among the parts of a group.</summary>
    public const byte Part = (byte)LastValueCommandKind.Put;

    public PartAsk ToAsk()
    {
        var output = new ArrayBufferWriter<byte>(64);
        output.WriteInt64(Topic.Value);
        output.WriteText(Pattern);
        output.WriteByte(After is null ? (byte)0 : (byte)1);
        if (After is not null)
            output.WriteText(After);
        output.WriteInt32(Most);
        return new PartAsk(Part, output.WrittenMemory);
    }

    public static LastValueAsk Read(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        return new LastValueAsk(
            new TopicId(input.ReadInt64()),
            input.ReadText(),
            input.ReadByte() != 0 ? input.ReadText() : null,
            input.ReadInt32());
    }

    /// <summary>The body of the response.</summary>
    /// <param name="messages">What was found.</param>
    /// <param name="next">What follows is asked for with this <see cref="After"/>; null = nothing follows.</param>
    public static ReadOnlyMemory<byte> WriteFound(IReadOnlyList<StoredMessage> messages, string? next)
    {
        var output = new ArrayBufferWriter<byte>(256);
        output.WriteByte(next is null ? (byte)0 : (byte)1);
        if (next is not null)
            output.WriteText(next);
        output.WriteInt32(messages.Count);
        foreach (StoredMessage message in messages)
            MessageCodec.Write(output, message);
        return output.WrittenMemory;
    }

    public static (StoredMessage[] Messages, string? Next) ReadFound(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        string? next = input.ReadByte() != 0 ? input.ReadText() : null;
        var messages = new StoredMessage[input.ReadCount()];
        for (int i = 0; i < messages.Length; i++)
            messages[i] = MessageCodec.ReadMessage(ref input);
        return (messages, next);
    }
}
