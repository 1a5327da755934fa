using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Encoding of filters, and of messages that listeners on another node hear.</summary>
internal static class SubscriptionCodec
{
    public static void Write(IBufferWriter<byte> output, in FilterInterest interest)
    {
        Write(output, interest.Filter);
        output.WriteInt32(interest.ToAll);
        output.WriteInt32(interest.TransientOnly);
    }

    /// <exception cref="MalformedException">It counts less than nobody, or more than a node can have.</exception>
    public static FilterInterest ReadInterest(ref StateReader input)
    {
        var interest = new FilterInterest(ReadFilter(ref input), input.ReadInt32(), input.ReadInt32());
        bool isCount = interest is { ToAll: >= 0, TransientOnly: >= 0 }
            && interest.ToAll <= int.MaxValue - interest.TransientOnly;
        MalformedException.ThrowIf(!isCount, "a filter counts less than nobody, or too many");
        return interest;
    }

    /// <summary>What all nodes that hear a message are sent alike: where it went, and the message.</summary>
    public static ReadOnlyMemory<byte> WriteHeard(
        ReadOnlySpan<TopicId> topics, IReadOnlyList<string>? hiddenKeys, StoredMessage message)
    {
        var output = new ArrayBufferWriter<byte>(256 + message.Properties.Length + (int)message.Body.Length);
        output.WriteInt32(topics.Length);
        foreach (TopicId topic in topics)
            output.WriteInt64(topic.Value);
        output.WriteInt32(hiddenKeys?.Count ?? 0);
        foreach (string key in hiddenKeys ?? [])
            output.WriteText(key);
        MessageCodec.Write(output, message);
        return output.WrittenMemory;
    }

    /// <summary>A message for one node: its picks go ahead of what all are sent.</summary>
    public static ReadOnlyMemory<byte> WriteForwarded(
        bool isPlain, ReadOnlySpan<SharePick> picks, NodeId node, ReadOnlySpan<byte> heard)
    {
        var output = new ArrayBufferWriter<byte>(64 + heard.Length);
        output.WriteByte(isPlain ? (byte)1 : (byte)0);
        int count = 0;
        foreach (SharePick pick in picks)
            count += pick.Node == node ? 1 : 0;
        output.WriteInt32(count);
        foreach (SharePick pick in picks)
        {
            if (pick.Node == node)
                Write(output, pick.Filter);
        }

        output.Write(heard);
        return output.WrittenMemory;
    }

    public static ForwardedMessage ReadForwarded(ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        bool isPlain = input.ReadByte() != 0;
        var picks = new FilterKey[input.ReadCount()];
        for (int i = 0; i < picks.Length; i++)
            picks[i] = ReadFilter(ref input);
        var topics = new TopicId[input.ReadCount()];
        for (int i = 0; i < topics.Length; i++)
            topics[i] = new TopicId(input.ReadInt64());
        string[] hidden = new string[input.ReadCount()];
        for (int i = 0; i < hidden.Length; i++)
            hidden[i] = input.ReadText();
        return new ForwardedMessage(isPlain, picks, topics, hidden, MessageCodec.ReadMessage(ref input));
    }

    /// <summary>The keys that a message has by now.</summary>
    public static RouteKeys KeysOf(StoredMessage message, IReadOnlyList<string>? hiddenKeys) =>
        message.Overlay is { } overlay
            ? new RouteKeys(overlay.RoutingKey, overlay.MoreKeys, hiddenKeys, null)
            : new RouteKeys(message.RoutingKey, message.MoreKeys, hiddenKeys, null);

    private static void Write(IBufferWriter<byte> output, FilterKey filter)
    {
        output.WriteInt64(filter.Topic.Value);
        output.WriteText(filter.Pattern);
        output.WriteByte(filter.ShareGroup is null ? (byte)0 : (byte)1);
        if (filter.ShareGroup is not null)
            output.WriteText(filter.ShareGroup);
    }

    private static FilterKey ReadFilter(ref StateReader input) => new(
        new TopicId(input.ReadInt64()), input.ReadText(), input.ReadByte() != 0 ? input.ReadText() : null);
}
