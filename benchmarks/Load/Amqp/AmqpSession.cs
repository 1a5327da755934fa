using System.Buffers.Binary;
using System.Net;
using System.Text;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;

namespace Cmq.MultiProtocol.Benchmarks.Load.Amqp;

/// <summary>A connection with one channel, and the questions of the set-up.</summary>
public sealed class AmqpSession : IDisposable
{
    public const int Channel = 1;

    private const byte Durable = 2;
    private const byte Exclusive = 4;

    private AmqpSession(Wire wire) => Wire = wire;

    public Wire Wire { get; }

    /// <summary>Largest frame that both allow, in bytes.</summary>
    public int FrameMax { get; private set; }

    /// <summary>Name and version, as it tells them.</summary>
    public string Server { get; private set; } = "";

    /// <exception cref="IOException">The broker refuses.</exception>
    public static AmqpSession Open(LoadOptions options, int number, int bufferBytes, IPAddress? source = null)
    {
        var session = new AmqpSession(Wire.Connect(options.AddressOf(number), bufferBytes, source));
        try
        {
            session.Open(options);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public void Declare(string queue, bool durable, string type)
    {
        (string, object)[] arguments = type.Length > 0 ? [("x-queue-type", type)] : [];
        Ask(new AmqpArguments(AmqpMethod.QueueDeclare)
            .Short(0).ShortText(queue).Octet(durable ? Durable : (byte)0).Table(arguments),
            AmqpMethod.QueueDeclareOk);
    }

    /// <summary>A queue of this connection only, which ends with it.</summary>
    public void DeclareExclusive(string queue) => Ask(
        new AmqpArguments(AmqpMethod.QueueDeclare).Short(0).ShortText(queue).Octet(Exclusive).Table(),
        AmqpMethod.QueueDeclareOk);

    public void Delete(string queue) => Ask(
        new AmqpArguments(AmqpMethod.QueueDelete).Short(0).ShortText(queue).Octet(0), AmqpMethod.QueueDeleteOk);

    public void SelectConfirms() =>
        Ask(new AmqpArguments(AmqpMethod.ConfirmSelect).Octet(0), AmqpMethod.ConfirmSelectOk);

    /// <param name="prefetch">Of each consumer.</param>
    public void Qos(ushort prefetch) =>
        Ask(new AmqpArguments(AmqpMethod.BasicQos).Long(0).Short(prefetch).Octet(0), AmqpMethod.BasicQosOk);

    /// <summary>Asks for the queue's messages; the answer, consume-ok, comes among them.</summary>
    public void Consume(string queue)
    {
        Wire.Write(new AmqpArguments(AmqpMethod.BasicConsume)
            .Short(0).ShortText(queue).ShortText("").Octet(0).Table().Frame(Channel));
        Wire.Flush();
    }

    /// <summary>Publishes one message and waits for its confirm.</summary>
    public void Publish(string queue, ReadOnlySpan<byte> body)
    {
        Wire.Write(AmqpContent.Head(queue, body.Length, isPersistent: false));
        byte[] header = new byte[AmqpFrame.HeaderBytes];
        AmqpFrame.WriteHeader(header, AmqpFrame.Body, Channel, body.Length);
        Wire.Write([.. header, .. body, AmqpFrame.End]);
        Wire.Flush();
        Await(AmqpMethod.BasicAck);
    }

    /// <summary>Waits for one delivery and acknowledges it.</summary>
    /// <returns>Its body, which must fit into a frame.</returns>
    public byte[] TakeOne()
    {
        byte[] deliver = Await(AmqpMethod.BasicDeliver);
        byte[] body = Await(AmqpFrame.Body);
        Wire.Write(new AmqpArguments(AmqpMethod.BasicAck)
            .LongLong(BinaryPrimitives.ReadUInt64BigEndian(deliver.AsSpan(5 + deliver[4]))).Octet(0).Frame(Channel));
        Wire.Flush();
        return body;
    }

    /// <summary>Closes channel and connection; what was sent before is done when it returns.</summary>
    public void Close()
    {
        Send(new AmqpArguments(AmqpMethod.ChannelClose).Short(200).ShortText("").Short(0).Short(0), Channel);
        Await(AmqpMethod.ChannelCloseOk);
        Send(new AmqpArguments(AmqpMethod.ConnectionClose).Short(200).ShortText("").Short(0).Short(0), 0);
        Await(AmqpMethod.ConnectionCloseOk);
    }

    /// <summary>Methods that may come at any time and mean no good.</summary>
    /// <exception cref="IOException">It is one of them, or one that nobody asked for.</exception>
    public static void Unexpected(in AmqpFrame frame)
    {
        ReadOnlySpan<byte> payload = frame.Payload;
        if (frame.MethodId is not (AmqpMethod.ConnectionClose or AmqpMethod.ChannelClose))
            throw new IOException($"method {frame.MethodId >> 16}.{frame.MethodId & 0xFFFF} came unasked");
        int code = BinaryPrimitives.ReadUInt16BigEndian(payload[4..]);
        throw new IOException($"the broker closed: {code} {Encoding.UTF8.GetString(payload.Slice(7, payload[6]))}");
    }

    public void Dispose() => Wire.Dispose();

    private void Open(LoadOptions options)
    {
        Wire.Write([.. "AMQP"u8, 0, 0, 9, 1]);
        Wire.Flush();
        Server = ServerOf(Await(AmqpMethod.ConnectionStart));
        (string, object)[] capabilities =
            [("publisher_confirms", true), ("basic.nack", true), ("consumer_cancel_notify", true)];
        Send(new AmqpArguments(AmqpMethod.ConnectionStartOk)
            .Table(("product", "load"), ("capabilities", capabilities))
            .ShortText("PLAIN").LongText($"\0{options.User}\0{options.Password}").ShortText("en_US"), 0);
        byte[] tune = Await(AmqpMethod.ConnectionTune);
        FrameMax = (int)BinaryPrimitives.ReadUInt32BigEndian(tune.AsSpan(6));
        Send(new AmqpArguments(AmqpMethod.ConnectionTuneOk)
            .Short(BinaryPrimitives.ReadUInt16BigEndian(tune.AsSpan(4))).Long((uint)FrameMax).Short(0), 0);
        Send(new AmqpArguments(AmqpMethod.ConnectionOpen).ShortText("/").ShortText("").Octet(0), 0);
        Await(AmqpMethod.ConnectionOpenOk);
        Ask(new AmqpArguments(AmqpMethod.ChannelOpen).ShortText(""), AmqpMethod.ChannelOpenOk);
    }

    private void Ask(AmqpArguments question, uint answer)
    {
        Send(question, Channel);
        Await(answer);
    }

    private void Send(AmqpArguments arguments, int channel)
    {
        Wire.Write(arguments.Frame(channel));
        Wire.Flush();
    }

    /// <summary>Waits for a method; content that comes before it is nobody's any more.</summary>
    private byte[] Await(uint method) => Await(AmqpFrame.Method, method);

    private byte[] Await(byte type, uint method = 0)
    {
        while (true)
        {
            while (AmqpFrame.TryRead(Wire.Received, out AmqpFrame frame))
            {
                byte[] payload = frame.Payload.ToArray();
                bool isAnswer = frame.Type == type && (type != AmqpFrame.Method || frame.MethodId == method);
                if (frame is { Type: AmqpFrame.Method, MethodId: AmqpMethod.ConnectionClose or AmqpMethod.ChannelClose })
                    Unexpected(frame);
                Wire.Consume(frame.Bytes);
                if (isAnswer)
                    return payload;
            }

            Wire.ReceiveAnswer();
        }
    }

    /// <summary>Looks for two texts of the table; what else is there nobody needs.</summary>
    private static string ServerOf(ReadOnlySpan<byte> start)
    {
        string product = TextOf(start, "product"u8);
        return $"{product} {TextOf(start, "version"u8)}".Trim();
    }

    private static string TextOf(ReadOnlySpan<byte> table, ReadOnlySpan<byte> name)
    {
        int at = table.IndexOf([(byte)name.Length, .. name, (byte)'S']);
        if (at < 0)
            return "";
        at += name.Length + 2;
        return Encoding.UTF8.GetString(table.Slice(at + 4, BinaryPrimitives.ReadInt32BigEndian(table[at..])));
    }
}
