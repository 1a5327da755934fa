using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Encoding of request bodies between nodes.</summary>
internal static class RequestCodec
{
    private enum Kind : byte
    {
        Renew = 1,
        Applied = 2,
        AwaitTopology = 3,
        Leave = 4,
        Status = 10,
        Get = 11,
        Receive = 12,
        CancelReceive = 13,
        Credit = 14,
        Purge = 15,
        Delete = 16,
        Rewind = 17,
        Holdings = 18,
        Part = 19,
    }

    public static void Write(IBufferWriter<byte> output, object body)
    {
        switch (body)
        {
            case DirectoryAsk.Renew renew:
                Start(output, Kind.Renew);
                output.WriteGuid(renew.StoreId);
                output.WriteText(renew.Address);
                output.WriteInt64(renew.AppliedIndex);
                WriteServices(output, renew.Services);
                break;
            case DirectoryAsk.Applied applied:
                Start(output, Kind.Applied);
                output.WriteInt64(applied.Index);
                break;
            case DirectoryAsk.AwaitTopology wait:
                Start(output, Kind.AwaitTopology);
                output.WriteInt64(wait.Queue?.Value ?? -1);
                WriteFlag(output, wait.Gone);
                break;
            case DirectoryAsk.Leave:
                Start(output, Kind.Leave);
                break;
            case QueueAsk ask:
                WriteAsk(output, ask);
                break;
            case PartAsk ask:
                Start(output, Kind.Part);
                output.WriteByte(ask.Part);
                output.WriteBytes(ask.Body.Span);
                break;
            case NodeHoldings holdings:
                Start(output, Kind.Holdings);
                WriteHoldings(output, holdings);
                break;
            default:
                throw new InvariantException($"no request is a {body.GetType().Name}");
        }
    }

    public static object Read(ref StateReader input)
    {
        var kind = (Kind)input.ReadByte();
        switch (kind)
        {
            case Kind.Renew:
                return new DirectoryAsk.Renew(input.ReadGuid(), input.ReadText(), input.ReadInt64())
                {
                    Services = ReadServices(ref input),
                };
            case Kind.Applied:
                return new DirectoryAsk.Applied(input.ReadInt64());
            case Kind.AwaitTopology:
                long id = input.ReadInt64();
                return new DirectoryAsk.AwaitTopology(id < 0 ? null : new QueueId(id), input.ReadByte() != 0);
            case Kind.Leave:
                return new DirectoryAsk.Leave();
            case Kind.Holdings:
                return ReadHoldings(ref input);
            case Kind.Part:
                return new PartAsk(input.ReadByte(), input.ReadBytes());
        }

        var queue = new QueueId(input.ReadInt64());
        return kind switch
        {
            Kind.Status => new QueueAsk.Status(queue, input.ReadByte() != 0),
            Kind.Get => new QueueAsk.Get(queue, ReadConnection(ref input), input.ReadByte() != 0),
            Kind.Receive => new QueueAsk.Receive(
                queue, ReadConnection(ref input), input.ReadInt32(), input.ReadInt32()),
            Kind.CancelReceive => new QueueAsk.CancelReceive(queue, input.ReadInt64()),
            Kind.Credit => new QueueAsk.Credit(queue, ReadConsumer(ref input), input.ReadInt64()),
            Kind.Purge => new QueueAsk.Purge(queue),
            Kind.Delete => new QueueAsk.Delete(queue, input.ReadByte() != 0, input.ReadByte() != 0),
            Kind.Rewind => new QueueAsk.Rewind(queue, input.ReadInt64()),
            _ => throw new MalformedException($"request {kind} is unknown"),
        };
    }

    /// <summary>Reads what the part of a group will read.</summary>
    /// <exception cref="MalformedException">There is no such part, or it could not.</exception>
    public static void Check(PartAsk ask)
    {
        _ = ask.Part switch
        {
            PartitionAsk.Part => (object)PartitionCodec.ReadAsk(ask.Body),
            SessionAsk.Part => SessionAsk.Read(ask.Body),
            LastValueAsk.Part => LastValueAsk.Read(ask.Body),
            ConsumerGroupRole.PartNumber => ConsumerGroupCodec.ReadAsk(ask.Body),
            ParkedAsk.Part => ParkedAsk.Read(ask.Body),
            _ => throw new MalformedException($"no part of a group has the number {ask.Part}"),
        };
    }

    private static void WriteAsk(IBufferWriter<byte> output, QueueAsk ask)
    {
        switch (ask)
        {
            case QueueAsk.Status status:
                Start(output, Kind.Status, ask);
                WriteFlag(output, status.Touch);
                break;
            case QueueAsk.Get get:
                Start(output, Kind.Get, ask);
                WriteConnection(output, get.Connection);
                WriteFlag(output, get.AutoSettle);
                break;
            case QueueAsk.Receive receive:
                Start(output, Kind.Receive, ask);
                WriteConnection(output, receive.Connection);
                output.WriteInt32(receive.Max);
                output.WriteInt32(receive.WaitMs);
                break;
            case QueueAsk.CancelReceive cancel:
                Start(output, Kind.CancelReceive, ask);
                output.WriteInt64(cancel.Number);
                break;
            case QueueAsk.Credit credit:
                Start(output, Kind.Credit, ask);
                WriteConsumer(output, credit.Consumer);
                output.WriteInt64(credit.Granted);
                break;
            case QueueAsk.Purge:
                Start(output, Kind.Purge, ask);
                break;
            case QueueAsk.Delete delete:
                Start(output, Kind.Delete, ask);
                WriteFlag(output, delete.IfUnused);
                WriteFlag(output, delete.IfEmpty);
                break;
            case QueueAsk.Rewind rewind:
                Start(output, Kind.Rewind, ask);
                output.WriteInt64(rewind.FromMs);
                break;
            default:
                throw new InvariantException($"no request is a {ask.GetType().Name}");
        }
    }

    private static void WriteHoldings(IBufferWriter<byte> output, NodeHoldings holdings)
    {
        PeerCodec.WriteFence(output, holdings.Fence);
        output.WriteInt32(holdings.Consumers.Count);
        foreach (NodeHoldings.Consumer consumer in holdings.Consumers)
        {
            output.WriteInt64(consumer.Queue.Value);
            WriteConsumer(output, consumer.Key);
            output.WriteInt64(consumer.Granted);
            output.WriteInt64(consumer.Received);
        }

        output.WriteInt32(holdings.Holds.Count);
        foreach (NodeHoldings.Held held in holdings.Holds)
        {
            output.WriteInt64(held.Queue.Value);
            WriteConsumer(output, held.Key);
            output.WriteInt64(held.Sequence);
        }
    }

    private static NodeHoldings ReadHoldings(ref StateReader input)
    {
        DeliveryFence fence = PeerCodec.ReadFence(ref input);
        var consumers = new NodeHoldings.Consumer[input.ReadCount()];
        for (int i = 0; i < consumers.Length; i++)
        {
            consumers[i] = new NodeHoldings.Consumer(
                new QueueId(input.ReadInt64()), ReadConsumer(ref input), input.ReadInt64(), input.ReadInt64());
        }

        var holds = new NodeHoldings.Held[input.ReadCount()];
        for (int i = 0; i < holds.Length; i++)
        {
            holds[i] = new NodeHoldings.Held(
                new QueueId(input.ReadInt64()), ReadConsumer(ref input), input.ReadInt64());
        }

        return new NodeHoldings(fence, consumers, holds);
    }

    private static void WriteServices(IBufferWriter<byte> output, IReadOnlyList<ServiceAddress> services)
    {
        output.WriteInt32(services.Count);
        foreach (ServiceAddress one in services)
        {
            output.WriteText(one.Service);
            output.WriteText(one.Address);
        }
    }

    private static ServiceAddress[] ReadServices(ref StateReader input)
    {
        var services = new ServiceAddress[input.ReadCount()];
        for (int i = 0; i < services.Length; i++)
            services[i] = new ServiceAddress(input.ReadText(), input.ReadText());
        return services;
    }

    private static void Start(IBufferWriter<byte> output, Kind kind) => output.WriteByte((byte)kind);

    private static void Start(IBufferWriter<byte> output, Kind kind, QueueAsk ask)
    {
        output.WriteByte((byte)kind);
        output.WriteInt64(ask.Queue.Value);
    }

    private static void WriteFlag(IBufferWriter<byte> output, bool flag) => output.WriteByte(flag ? (byte)1 : (byte)0);

    private static void WriteConnection(IBufferWriter<byte> output, ConnectionKey key)
    {
        PeerCodec.WriteLife(output, key.Owner);
        output.WriteInt64(key.Number);
    }

    private static ConnectionKey ReadConnection(ref StateReader input) =>
        new(PeerCodec.ReadLife(ref input), input.ReadInt64());

    private static void WriteConsumer(IBufferWriter<byte> output, ConsumerKey key)
    {
        WriteConnection(output, key.Connection);
        output.WriteInt32(key.Number);
    }

    private static ConsumerKey ReadConsumer(ref StateReader input) =>
        new(ReadConnection(ref input), input.ReadInt32());
}
