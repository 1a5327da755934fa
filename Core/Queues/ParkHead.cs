using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// The front of a command that parks a message: what routing will need of the publication beside what is stored with
/// every message. A publish without targets follows, to the command's end.
/// </summary>
/// <param name="Namespace">Of its topic.</param>
/// <param name="Owner">As in <see cref="Parking.Owner"/>.</param>
/// <param name="DelayMs">Shown by itself after this long; -1 = not by itself.</param>
internal sealed record ParkHead(NamespaceId Namespace, string Owner, long DelayMs)
{
    public IReadOnlyList<string>? HiddenKeys { get; init; }

    public QueueId? Partition { get; init; }

    public string? OrderingKey { get; init; }

    public int? TagHash { get; init; }

    public LastValueChange LastValue { get; init; }

    /// <summary>What is parked of a publication.</summary>
    public static ParkHead Of(in Publication publication, string owner, long? delayMs) =>
        new(publication.Topic.Namespace, owner, delayMs is { } ms ? Math.Max(ms, 0) : -1)
        {
            HiddenKeys = publication.HiddenKeys,
            Partition = publication.Partition,
            OrderingKey = publication.OrderingKey,
            TagHash = publication.TagHash,
            LastValue = publication.LastValue,
        };

    /// <summary>The head in a stored command: one that parks, or one that opens a session with a will.</summary>
    public static ParkHead Of(ReadOnlyMemory<byte> command)
    {
        var input = new QueueCommandReader(ParkIn(command));
        return Read(ref input);
    }

    /// <summary>The message in a stored command, as a publish command.</summary>
    public static ReadOnlyMemory<byte> PublishOf(ReadOnlyMemory<byte> command)
    {
        var input = new QueueCommandReader(ParkIn(command));
        Read(ref input);
        return input.ReadMemory(input.Remaining);
    }

    /// <summary>Writes the whole command.</summary>
    public void Write(IBufferWriter<byte> output, in PublishedUnit unit)
    {
        output.PutByte((byte)ParkedCommandKind.Park);
        output.PutInt64(Namespace.Value);
        output.PutString(Owner);
        output.PutInt64(DelayMs);
        output.PutStrings(HiddenKeys);
        output.PutInt64(Partition?.Value ?? -1);
        output.PutFlag(OrderingKey is not null);
        if (OrderingKey is not null)
            output.PutString(OrderingKey);
        output.PutFlag(TagHash is not null);
        if (TagHash is { } tag)
            output.PutInt32(tag);
        output.PutByte((byte)LastValue);
        QueueCommandWriter.Publish(output, [], unit);
    }

    public static ParkHead Read(ref QueueCommandReader input)
    {
        Invariant.Check(input.ReadByte() == (byte)ParkedCommandKind.Park, "a parked message is something else");
        var head = new ParkHead(new NamespaceId(input.ReadInt64()), input.ReadString(), input.ReadInt64());
        string[] hiddenKeys = input.ReadStrings();
        long partition = input.ReadInt64();
        return head with
        {
            HiddenKeys = hiddenKeys,
            Partition = partition < 0 ? null : new QueueId(partition),
            OrderingKey = input.ReadFlag() ? input.ReadString() : null,
            TagHash = input.ReadFlag() ? input.ReadInt32() : null,
            LastValue = (LastValueChange)input.ReadByte(),
        };
    }

    public RouteWish ToWish(StoredMessage message) =>
        new(Namespace, message.Topic, message.RoutingKey, message.MoreKeys)
        {
            HiddenKeys = HiddenKeys,
            Partition = Partition,
            OrderingKey = OrderingKey,
            TagHash = TagHash,
            LastValue = LastValue,
        };

    private static ReadOnlyMemory<byte> ParkIn(ReadOnlyMemory<byte> command) =>
        command.Span[0] == (byte)SessionCommandKind.Open ? SessionOpen.WillIn(command) : command;
}
