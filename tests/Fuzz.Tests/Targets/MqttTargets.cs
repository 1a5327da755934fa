using System.Buffers;
using System.Net;
using System.Text;
using Cmq.MultiProtocol.Adapters.Mqtt;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Connection;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;
using Microsoft.AspNetCore.Http;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>MQTT 3.1, 3.1.1 and 5: all packets of both sides; stored property blocks.</summary>
internal static class MqttTargets
{
    private static readonly MqttMessageProperties Forwarded = new()
    {
        Forwarded = MqttPropertyReader.Write(new MessageProperties
        {
            ContentType = "text/plain",
            ReplyTo = "reply.to",
            CorrelationId = "c",
            Headers = [new("name", new HeaderValue(HeaderValueKind.Bytes, 0, "value"))],
        }),
        ExpirySeconds = 60,
    };

    public static IEnumerable<FuzzTarget> All =>
    [
        new MqttPacketTarget("mqtt-3.1", MqttVersion.V31),
        new MqttPacketTarget("mqtt-3.1.1", MqttVersion.V311),
        new MqttPacketTarget("mqtt-5", MqttVersion.V5),
        new CodecTarget<(MqttPropertyBlock Block, MessageProperties Properties)>(
            "mqtt-properties",
            input => (MqttPropertyBlock.Read(input), new MqttPropertyReader().Read(input)),
            IsRefusal,
            new MqttPropertyBlock(MqttQoS.AtLeastOnce, true, "client"u8.ToArray(), Forwarded.Forwarded).ToArray(),
            new MqttPropertyBlock(MqttQoS.AtMostOnce, false, default, Forwarded.Forwarded, "a/b").ToArray())
        {
            Write = read => read.Block.ToArray(),
        },
        new CodecTarget<MqttClient>(
            "mqtt-cards", input => MqttPresence.FromCard("client", input), exception => exception is InvariantException,
            MqttPresence.Card(Client)),
        new CodecTarget<MqttSubscription>(
            "mqtt-subscriptions", ReadSubscription,
            exception => IsRefusal(exception) || exception is InvariantException, Record("a/+/b"), Record("$share/g/#"))
        {
            Write = subscription => [.. subscription.ToRecord(), .. Encoding.UTF8.GetBytes(subscription.Text)],
        },
        new CodecTarget<bool>(
            "mqtt-origins", IsForeignPage, _ => false, "https://localhost:8080"u8.ToArray(), "https://example.org"u8.ToArray()),
    ];

    private static MqttClient Client => new(
        "client", "user", new MqttPeer(IPAddress.Loopback, 1883, ""), MqttVersion.V5, 30, true, 60, 1_700_000_000_000, 2);

    private static bool IsRefusal(Exception exception) => exception is MqttProtocolException;

    /// <summary>The record of a session's subscription, and its text.</summary>
    private static byte[] Record(string text)
    {
        Invariant.Check(MqttSharedFilter.TryParse(text, out MqttSharedFilter? shared), "an example is a good filter");
        return
        [
            .. new MqttSubscription(text, shared, MqttQoS.AtLeastOnce, false, false, 5).ToRecord(), .. Encoding.UTF8.GetBytes(text),
        ];
    }

    private static MqttSubscription ReadSubscription(byte[] input)
    {
        const int recordBytes = 6;
        int record = Math.Min(recordBytes, input.Length);
        return MqttSubscription.FromRecord(Encoding.UTF8.GetString(input.AsSpan(record)), input.AsSpan(0, record));
    }

    private static bool IsForeignPage(byte[] input)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Origin = Encoding.Latin1.GetString(input);
        return MqttWebSockets.IsForeignPage(context.Request, new MqttOptions());
    }

    private sealed class MqttPacketTarget(string name, MqttVersion version) : StreamTarget(name)
    {
        private const int MaxPacketBytes = 64 * 1024;

        private static readonly MqttProperties Reasons = new()
        {
            ReasonString = "because",
            UserProperties = [new("name", "value")],
        };

        private MqttProperties WithReason => version == MqttVersion.V5 ? Reasons : MqttProperties.None;

        public override IEnumerable<byte[]> Examples =>
        [
            Written(writer => writer.Connect(new MqttConnect(
                version, true, 30, "client",
                new MqttWill("will/topic", "gone"u8.ToArray(), MqttQoS.AtLeastOnce, true,
                    version == MqttVersion.V5 ? Forwarded with { WillDelaySeconds = 5 } : MqttMessageProperties.None),
                "user", "password"u8.ToArray(),
                version == MqttVersion.V5
                    ? new MqttProperties { SessionExpirySeconds = 100, ReceiveMaximum = 10, MaximumPacketBytes = 1000 }
                    : MqttProperties.None))),
            Written(writer => writer.Packet(new MqttConnAck(false, MqttReason.Success, MqttProperties.None))),
            Publish(MqttQoS.AtMostOnce),
            [.. Publish(MqttQoS.AtLeastOnce), .. Publish(MqttQoS.ExactlyOnce)],
            Written(writer =>
            {
                foreach (MqttPacketType type in new[]
                    { MqttPacketType.PubAck, MqttPacketType.PubRec, MqttPacketType.PubRel, MqttPacketType.PubComp })
                {
                    writer.Packet(new MqttAck(type, 7));
                    writer.Packet(new MqttAck(type, 8, MqttReason.Success, WithReason));
                }
            }),
            Written(writer => writer.Packet(new MqttSubscribe(
                3, [new MqttFilter("a/+/b", MqttQoS.AtLeastOnce), new MqttFilter("$share/g/#", MqttQoS.AtMostOnce)],
                version == MqttVersion.V5 ? Reasons with { ReasonString = null, SubscriptionIdentifier = 200 } : MqttProperties.None))),
            Written(writer => writer.Packet(new MqttSubAck(3, [MqttReason.Success, MqttReason.Unspecified], WithReason))),
            Written(writer => writer.Packet(new MqttUnsubscribe(
                4, ["a/+/b", "#"], WithReason with { ReasonString = null }))),
            Written(writer => writer.Packet(new MqttUnsubAck(
                4, version == MqttVersion.V5 ? [MqttReason.Success, MqttReason.Unspecified] : [], WithReason))),
            [0xC0, 0, 0xD0, 0],
            Written(writer => writer.Packet(new MqttDisconnect(MqttReason.Success, WithReason))),
            .. version != MqttVersion.V5 ? Array.Empty<byte[]>() :
            [
                Written(writer => writer.Packet(new MqttAuth(
                    MqttReason.ContinueAuthentication, new MqttProperties { AuthenticationMethod = "m" }))),
            ],
        ];

        public override bool IsRefusal(Exception exception) => MqttTargets.IsRefusal(exception);

        protected override Cutter Open()
        {
            return (ref ReadOnlySequence<byte> input) =>
                MqttReader.TryRead(ref input, MaxPacketBytes, version, out MqttFrame frame) ? Read(frame) : null;
        }

        protected override void CheckUnits(IReadOnlyList<object> units)
        {
            foreach (object unit in units)
            {
                if (Again(unit) is not { } packet)
                    continue;
                var input = new ReadOnlySequence<byte>(packet);
                if (!MqttReader.TryRead(ref input, int.MaxValue, version, out MqttFrame frame))
                    throw new FuzzFailure($"encoded it is no packet: {Shape.Of(unit)}");
                if (Shape.Of(Read(frame)) is var got && got != Shape.Of(unit))
                    throw new FuzzFailure($"encoded and decoded again: {got}\nfirst: {Shape.Of(unit)}");
            }
        }

        private object Read(in MqttFrame frame) => frame.Type switch
        {
            MqttPacketType.Connect => MqttConnect.Read(frame, MqttConnect.ReadVersion(frame, out _)
                ?? throw MqttProtocolException.Malformed("a level that we do not speak")),
            MqttPacketType.ConnAck => MqttConnAck.Read(frame, version),
            MqttPacketType.Publish => MqttPublish.Read(frame, version),
            MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp =>
                MqttAck.Read(frame, version),
            MqttPacketType.Subscribe => MqttSubscribe.Read(frame, version),
            MqttPacketType.SubAck => MqttSubAck.Read(frame, version),
            MqttPacketType.Unsubscribe => MqttUnsubscribe.Read(frame, version),
            MqttPacketType.UnsubAck => MqttUnsubAck.Read(frame, version),
            MqttPacketType.Disconnect => MqttDisconnect.Read(frame, version),
            MqttPacketType.Auth => MqttAuth.Read(frame, version),
            _ => (frame.Type, frame.Body.ToArray()),
        };

        /// <summary>Null: it has no encoding of its own, or says something that only a later version can.</summary>
        private byte[]? Again(object unit) => unit switch
        {
            // Which packet it is, is the version that it names.
            MqttConnect packet => Written(writer => writer.Connect(packet)),
            MqttPublish packet => Written(writer => writer.Publish(packet)),
            MqttAck packet => Written(writer => writer.Packet(packet)),
            MqttSubscribe packet => Written(writer => writer.Packet(packet)),
            MqttUnsubscribe packet => Written(writer => writer.Packet(packet)),
            MqttDisconnect packet => Written(writer => writer.Packet(packet)),
            MqttAuth packet => Written(writer => writer.Packet(packet)),
            // Answers of servers have codes in 5 that earlier versions fold together.
            MqttConnAck packet when version == MqttVersion.V5 => Written(writer => writer.Packet(packet)),
            MqttSubAck packet when version == MqttVersion.V5 => Written(writer => writer.Packet(packet)),
            MqttUnsubAck packet when version == MqttVersion.V5 => Written(writer => writer.Packet(packet)),
            _ => null,
        };

        private byte[] Publish(MqttQoS qos) => Written(writer => writer.Publish(new MqttPublish(
            "a/b", qos, false, qos == MqttQoS.AtMostOnce, (ushort)(int)qos,
            version == MqttVersion.V5 ? Forwarded with { TopicAlias = 3 } : MqttMessageProperties.None,
            new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("payload")))));

        private byte[] Written(Action<MqttWriter> write)
        {
            var output = new ArrayBufferWriter<byte>();
            write(new MqttWriter(output) { Version = version });
            return output.WrittenSpan.ToArray();
        }
    }
}
