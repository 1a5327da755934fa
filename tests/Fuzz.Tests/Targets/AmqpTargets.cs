using System.Buffers;
using System.Buffers.Binary;
using System.Reflection;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>AMQP 0-9-1: frames with methods, content headers and bodies; tables; property blocks.</summary>
internal static class AmqpTargets
{
    private static readonly AmqpTable Arguments = AmqpTable.Build(table =>
    {
        table.Text("x-queue-type", "classic");
        table.Long("x-message-ttl", 60_000);
        table.Boolean("b", true);
        table.Double("d", 1.5);
        table.Timestamp("t", 1_700_000_000);
        table.Void("v");
        table.Table("nested", inner => inner.Table("deeper", _ => { }));
        table.Any("a", AmqpFieldType.Array, [(byte)'I', 0, 0, 0, 1, (byte)'S', 0, 0, 0, 1, (byte)'x']);
    });

    private static readonly AmqpTable Login = AmqpTable.Build(table =>
    {
        table.Text("LOGIN", "guest");
        table.Text("PASSWORD", "secret");
    });

    public static IEnumerable<FuzzTarget> All =>
    [
        new AmqpFrameTarget(),
        new CodecTarget<List<AmqpValue>>("amqp-tables", ReadTable, IsRefusal, Arguments.Encoded.ToArray()),
        new CodecTarget<MessageProperties>("amqp-properties", input => new AmqpPropertyReader().Read(input), IsRefusal, Block()),
        new CodecTarget<(List<string>? More, List<string>? Hidden, byte[] Kept, HeaderValue? Header)>(
            "amqp-routing", ReadRouting, IsRefusal, Block(), Copies()),
        new CodecTarget<(string UserName, ReadOnlyMemory<byte> Password)>(
            "amqp-logins", ReadLogin, IsRefusal, "\0guest\0secret"u8.ToArray(), Login.Encoded.ToArray()),
        new CodecTarget<(bool IsGood, long Milliseconds, string Reason)>(
            "amqp-expirations", ReadExpiration, _ => false, "60000"u8.ToArray(), "-1"u8.ToArray(), "5 s"u8.ToArray()),
    ];

    public static bool IsRefusal(Exception exception) => exception is AmqpProtocolException;

    /// <summary>A property block as a header frame has it.</summary>
    public static byte[] Block() => Block(new MessageProperties
    {
        ContentType = "text/plain",
        ContentEncoding = "gzip",
        CorrelationId = "c",
        ReplyTo = "r",
        MessageId = "m",
        TimestampMs = 1_700_000_000_000,
        Type = "t",
        UserId = "guest",
        AppId = "a",
        Priority = 4,
        TtlMs = 60_000,
        Tags = ["one"],
        Keys = ["k1", "k2"],
        Headers =
        [
            new("text", new HeaderValue(HeaderValueKind.Bytes, 0, "value")),
            new("number", new HeaderValue(HeaderValueKind.Integer, -5, "")),
            new("real", new HeaderValue(HeaderValueKind.Float, BitConverter.DoubleToInt64Bits(2.5), "")),
            new("nothing", HeaderValue.Void),
        ],
    });

    /// <summary>What routing reads of a publish before anything else is known of it.</summary>
    private static (List<string>? More, List<string>? Hidden, byte[] Kept, HeaderValue? Header) ReadRouting(byte[] input)
    {
        AmqpPropertyBlock block = AmqpPropertyBlock.Parse(input);
        AmqpRoutingKeys.Read(block.Headers, out List<string>? more, out List<string>? hidden);
        byte[] kept = AmqpRoutingKeys.WithoutBcc(block);
        new AmqpPropertyReader().ReadHeaders(input).TryGet("number", out HeaderValue? header);
        return (more, hidden, kept, header);
    }

    /// <summary>PLAIN begins with NUL, a table does not.</summary>
    private static (string UserName, ReadOnlyMemory<byte> Password) ReadLogin(byte[] input)
    {
        var login = AmqpLogin.Read(input is [0, ..] ? AmqpLogin.Plain : AmqpLogin.AmqPlain, input);
        return (login.UserName, login.Password);
    }

    private static (bool IsGood, long Milliseconds, string Reason) ReadExpiration(byte[] input)
    {
        bool isGood = AmqpExpiration.TryParse(input, out long milliseconds, out string reason);
        return (isGood, milliseconds, reason);
    }

    /// <summary>A property block with headers only: CC and BCC.</summary>
    private static byte[] Copies()
    {
        byte[] keys = [(byte)'S', 0, 0, 0, 1, (byte)'x', (byte)'S', 0, 0, 0, 1, (byte)'y'];
        byte[] headers = AmqpTable.Build(table =>
        {
            table.Any("CC", AmqpFieldType.Array, keys);
            table.Any("BCC", AmqpFieldType.Array, keys);
        }).Encoded.ToArray();
        return [0x20, 0, 0, 0, 0, (byte)headers.Length, .. headers];
    }

    private static byte[] Block(MessageProperties properties)
    {
        var output = new AmqpFieldWriter();
        AmqpPropertyReader.Write(properties, persistent: true, ttlMs: null, output);
        return output.Written.ToArray();
    }

    private static List<AmqpValue> ReadTable(byte[] input)
    {
        AmqpTableReader.Validate(input);
        var values = new List<AmqpValue>();
        var fields = AmqpTableReader.OverTable(input);
        while (fields.Next())
            values.Add(AmqpValue.From(fields));
        return values;
    }

    /// <summary>Frames, and all that is in them.</summary>
    private sealed class AmqpFrameTarget() : StreamTarget("amqp-frames")
    {
        private const int FrameMax = 4096;

        private static readonly Dictionary<uint, Codec> Methods = MakeMethods();

        public override IEnumerable<byte[]> Examples =>
        [
            Written(writer => writer.Method(0, new ConnectionStartOk(Arguments, "PLAIN", "\0guest\0guest"u8.ToArray(), "en_US"))),
            Written(writer =>
            {
                writer.Method(0, new ConnectionTuneOk(2047, 131_072, 60));
                writer.Method(0, new ConnectionOpen("/"));
                writer.Method(1, default(ChannelOpen));
            }),
            Written(writer => writer.Method(
                1, new QueueDeclare("q", false, true, false, false, false, Arguments))),
            Written(writer => writer.Method(1, new QueueBind("q", "amq.topic", "a.#", false, Arguments))),
            Written(writer => writer.Method(1, new ExchangeDeclare("e", "topic", false, true, false, false, false, Arguments))),
            Written(writer =>
            {
                writer.Method(1, new BasicQos(0, 100, false));
                writer.Method(1, new BasicConsume("q", "tag", false, false, false, false, Arguments));
                writer.Heartbeat();
                writer.Method(1, new BasicNack(7, true, false));
            }),
            Written(writer =>
            {
                writer.Method(1, new BasicPublish("amq.topic", "a.b", true, false));
                writer.Content(1, Block(), new ReadOnlySequence<byte>(new byte[50]), frameMax: 40);
            }),
        ];

        public override bool IsRefusal(Exception exception) => AmqpTargets.IsRefusal(exception);

        protected override Cutter Open()
        {
            return static (ref ReadOnlySequence<byte> input) =>
                AmqpReader.TryReadFrame(ref input, FrameMax, out AmqpFrame frame) ? Taken(frame) : null;
        }

        protected override void CheckUnits(IReadOnlyList<object> units)
        {
            foreach (Unit unit in units.Cast<Unit>().Where(unit => unit.Type == AmqpFrameType.Method))
            {
                byte[] payload = Methods[unit.Method].Write(unit.Content);
                if (Shape.Of(Method(payload).Content) is var got && got != Shape.Of(unit.Content))
                    throw new FuzzFailure($"encoded and decoded again: {got}\nfirst: {Shape.Of(unit.Content)}");
            }
        }

        private static Unit Taken(in AmqpFrame frame)
        {
            byte[] payload = frame.Payload.ToArray();
            return frame.Type switch
            {
                AmqpFrameType.Method => Method(payload) with { Channel = frame.Channel },
                AmqpFrameType.Header => new Unit(frame.Type, 0, (
                    AmqpContentHeader.Read(payload),
                    new AmqpPropertyReader().Read(payload.AsMemory(AmqpContentHeader.Bytes)))),
                _ => new Unit(frame.Type, 0, payload),
            };
        }

        private static Unit Method(byte[] payload)
        {
            uint id = BinaryPrimitives.ReadUInt32BigEndian(payload);
            // An unknown method is refused by who knows the channel.
            return Methods.TryGetValue(id, out Codec? codec)
                ? new Unit(AmqpFrameType.Method, id, codec.Read(payload))
                : throw new AmqpProtocolException(AmqpCode.NotImplemented, $"method {id}");
        }

        private static Dictionary<uint, Codec> MakeMethods()
        {
            MethodInfo make = typeof(AmqpFrameTarget).GetMethod(nameof(CodecOf), BindingFlags.NonPublic | BindingFlags.Static)!;
            return typeof(IAmqpMethod<>).Assembly.GetTypes()
                .Where(type => type.IsValueType && type.GetInterfaces()
                    .Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IAmqpMethod<>)))
                .Select(type => ((uint Id, Codec Codec))make.MakeGenericMethod(type).Invoke(null, null)!)
                .ToDictionary(method => method.Id, method => method.Codec);
        }

        private static (uint Id, Codec Codec) CodecOf<T>()
            where T : struct, IAmqpMethod<T> => ((uint)T.Id, new Codec(
                static payload =>
                {
                    var fields = new AmqpFieldReader(payload);
                    fields.Long();
                    T method = T.Read(ref fields);
                    fields.End();
                    return method;
                },
                static method =>
                {
                    var fields = new AmqpFieldWriter();
                    fields.Long((uint)T.Id);
                    ((T)method).Write(fields);
                    return fields.Written.ToArray();
                }));

        private static byte[] Written(Action<AmqpWriter> write)
        {
            var output = new ArrayBufferWriter<byte>();
            write(new AmqpWriter(output));
            return output.WrittenSpan.ToArray();
        }

        /// <summary>A method with its class and method id in front.</summary>
        private sealed record Codec(Func<byte[], object> Read, Func<object, byte[]> Write);

        private sealed record Unit(AmqpFrameType Type, uint Method, object Content)
        {
            public ushort Channel { get; init; }
        }
    }
}
