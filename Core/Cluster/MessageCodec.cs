using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Deliveries on their way from a leader to the consumer's node.</summary>
internal static class MessageCodec
{
    public static void Write(IBufferWriter<byte> output, Delivery delivery)
    {
        output.WriteInt32(delivery.Consumer);
        output.WriteInt64(delivery.Queue.Value);
        output.WriteInt64(delivery.Sequence);
        output.WriteByte(delivery.Redelivered ? (byte)1 : (byte)0);
        output.WriteInt32(delivery.DeliveryCount);
        output.WriteInt64(delivery.Receipt);
        output.WriteInt64(delivery.FirstCheckOutMs);
        output.WriteInt64(delivery.DeadlineMs);
        Write(output, delivery.Message);
    }

    public static Delivery ReadDelivery(ref StateReader input) => new(
        input.ReadInt32(),
        new QueueId(input.ReadInt64()),
        input.ReadInt64(),
        input.ReadByte() != 0,
        input.ReadInt32(),
        input.ReadInt64(),
        input.ReadInt64(),
        input.ReadInt64(),
        ReadMessage(ref input));

    public static void Write(IBufferWriter<byte> output, StoredMessage message)
    {
        output.WriteText(message.Topic);
        output.WriteText(message.RoutingKey);
        WriteTexts(output, message.MoreKeys);
        output.WriteByte((byte)message.Format);
        output.WriteBytes(message.Properties.Span);
        output.WriteInt64(message.PublishedMs);
        output.WriteInt64(message.TtlMs ?? -1);
        output.WriteByte(message.Priority);
        output.WriteByte(message.Persistent ? (byte)1 : (byte)0);
        WriteOverlay(output, message.Overlay);
        output.WriteInt32((int)message.Body.Length);
        foreach (ReadOnlyMemory<byte> segment in message.Body)
            output.Write(segment.Span);
    }

    public static StoredMessage ReadMessage(ref StateReader input)
    {
        string topic = input.ReadText();
        string key = input.ReadText();
        IReadOnlyList<string> moreKeys = ReadTexts(ref input);
        var format = (PropertyFormat)input.ReadByte();
        ReadOnlyMemory<byte> properties = input.ReadBytes();
        long publishedMs = input.ReadInt64();
        long ttlMs = input.ReadInt64();
        byte priority = input.ReadByte();
        bool persistent = input.ReadByte() != 0;
        Overlay? overlay = ReadOverlay(ref input);
        var body = new ReadOnlySequence<byte>(input.ReadBytes());
        return new StoredMessage(
            topic, key, moreKeys, format, properties, body, publishedMs, ttlMs < 0 ? null : ttlMs, priority,
            persistent, overlay);
    }

    private static void WriteOverlay(IBufferWriter<byte> output, Overlay? overlay)
    {
        output.WriteByte(overlay is null ? (byte)0 : (byte)1);
        if (overlay is null)
            return;
        output.WriteText(overlay.Topic);
        output.WriteText(overlay.RoutingKey);
        WriteTexts(output, overlay.MoreKeys);
        output.WriteInt32(overlay.Deaths.Count);
        foreach (Death death in overlay.Deaths)
        {
            output.WriteText(death.Queue);
            output.WriteByte((byte)death.Reason);
            output.WriteInt64(death.Count);
            output.WriteInt64(death.TimeMs);
            output.WriteText(death.Topic);
            WriteTexts(output, death.RoutingKeys);
            output.WriteByte(death.TookTtl ? (byte)1 : (byte)0);
        }
    }

    private static Overlay? ReadOverlay(ref StateReader input)
    {
        if (input.ReadByte() == 0)
            return null;
        string topic = input.ReadText();
        string key = input.ReadText();
        IReadOnlyList<string> moreKeys = ReadTexts(ref input);
        var deaths = new Death[input.ReadCount()];
        for (int i = 0; i < deaths.Length; i++)
        {
            deaths[i] = new Death(
                input.ReadText(),
                (DeathReason)input.ReadByte(),
                input.ReadInt64(),
                input.ReadInt64(),
                input.ReadText(),
                ReadTexts(ref input),
                input.ReadByte() != 0);
        }

        return new Overlay(topic, key, moreKeys, deaths);
    }

    private static void WriteTexts(IBufferWriter<byte> output, IReadOnlyList<string> texts)
    {
        output.WriteInt32(texts.Count);
        foreach (string text in texts)
            output.WriteText(text);
    }

    private static string[] ReadTexts(ref StateReader input)
    {
        string[] texts = new string[input.ReadCount()];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = input.ReadText();
        return texts;
    }
}
