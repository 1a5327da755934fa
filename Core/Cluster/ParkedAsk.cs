using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Asks the leader of a data group for prepared messages (<see cref="IParkedMessages.ListAsync"/>), or for the
/// topic of one of them (<see cref="IParkedMessages.FindTopicAsync"/>).</summary>
/// <param name="Namespace">Whose messages.</param>
/// <param name="OlderThanMs">Age, ms.</param>
/// <param name="Most">Messages, at most.</param>
/// <param name="One">The one whose topic is asked for; null: they are listed.</param>
internal sealed record ParkedAsk(NamespaceId Namespace, long OlderThanMs, int Most, ParkedName? One = null)
{
    /// <summary>Number of the part: the first of its command kinds.</summary>
    public const byte Part = (byte)ParkedCommandKind.Park;

    public PartAsk ToPart()
    {
        var output = new ArrayBufferWriter<byte>(20);
        output.WriteInt64(Namespace.Value);
        output.WriteInt64(OlderThanMs);
        output.WriteInt32(Most);
        if (One is { } one)
        {
            output.WriteInt64(one.Position);
            output.WriteText(one.Owner);
        }

        return new PartAsk(Part, output.WrittenMemory);
    }

    public static ParkedAsk Read(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        var ask = new ParkedAsk(new NamespaceId(input.ReadInt64()), input.ReadInt64(), input.ReadInt32());
        return input.Remaining == 0 ? ask : ask with { One = new ParkedName(input.ReadInt64(), input.ReadText()) };
    }

    public static ReadOnlyMemory<byte> WriteTopic(string topic)
    {
        var output = new ArrayBufferWriter<byte>();
        output.WriteText(topic);
        return output.WrittenMemory;
    }

    public static string ReadTopic(ReadOnlyMemory<byte> body) => new StateReader(body).ReadText();

    public static ReadOnlyMemory<byte> WriteAnswer(IReadOnlyCollection<ParkedMessage> messages)
    {
        var output = new ArrayBufferWriter<byte>();
        output.WriteInt32(messages.Count);
        foreach (ParkedMessage message in messages)
        {
            output.WriteInt64(message.Position);
            output.WriteText(message.Owner);
            output.WriteInt64(message.StoredMs);
            output.WriteInt32(message.TimesListed);
            MessageCodec.Write(output, message.Message);
        }

        return output.WrittenMemory;
    }

    public static IReadOnlyList<ParkedMessage> ReadAnswer(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        var messages = new ParkedMessage[input.ReadCount()];
        for (int i = 0; i < messages.Length; i++)
        {
            messages[i] = new ParkedMessage(
                input.ReadInt64(),
                input.ReadText(),
                input.ReadInt64(),
                input.ReadInt32(),
                MessageCodec.ReadMessage(ref input));
        }

        return messages;
    }
}
