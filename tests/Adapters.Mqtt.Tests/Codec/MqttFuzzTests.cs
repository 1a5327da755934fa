using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;

/// <summary>Whatever comes in, the reader answers with a packet or with a reason, never with anything else.</summary>
public sealed class MqttFuzzTests
{
    private const int Mutations = 20_000;

    public static TheoryData<MqttVersion> Versions => [MqttVersion.V31, MqttVersion.V311, MqttVersion.V5];

    [Theory, MemberData(nameof(Versions))]
    public void Changed_packets_are_read_or_refused(MqttVersion version)
    {
        byte[][] seeds = [.. Seeds(version)];
        var random = new Random((int)version);
        int read = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] bytes = [.. seeds[random.Next(seeds.Length)]];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (TryRead(bytes, version))
                read++;
        }
        // Many changes hit payloads and texts, so a good part must still be packets.
        Assert.InRange(read, Mutations / 20, Mutations);
    }

    [Theory, MemberData(nameof(Versions))]
    public void A_body_that_ends_early_is_malformed(MqttVersion version)
    {
        foreach (byte[] packet in Seeds(version))
        {
            MqttFrame whole = Packets.Frame(packet, version);
            for (int cut = 0; cut < whole.Body.Length; cut++)
            {
                byte[] bytes = [.. packet[..1], 0, .. packet[^(int)whole.Body.Length..]];
                int length = MqttFieldWriter.WriteVariable(bytes.AsSpan(1), cut);
                TryRead([.. packet[..1], .. bytes.AsSpan(1, length), .. packet[^(int)whole.Body.Length..][..cut]], version);
            }
        }
    }

    [Theory, MemberData(nameof(Versions))]
    public void Segments_make_no_difference(MqttVersion version)
    {
        foreach (byte[] packet in Seeds(version))
        {
            object whole = Packets.Read(Packets.Frame(packet, version), version);
            for (int cut = 1; cut < packet.Length; cut++)
            {
                ReadOnlySequence<byte> input = Segments.Of(packet[..cut], packet[cut..]);
                Assert.True(MqttReader.TryRead(ref input, int.MaxValue, version, out MqttFrame frame));
                object split = Packets.Read(frame, version);
                if (whole is MqttPublish one && split is MqttPublish two)
                {
                    Assert.Equal(one.Payload.ToArray(), two.Payload.ToArray());
                    whole = one with { Payload = default };
                    split = two with { Payload = default };
                }
                Assert.Equivalent(whole, split);
                whole = Packets.Read(Packets.Frame(packet, version), version);
            }
        }
    }

    private static bool TryRead(byte[] bytes, MqttVersion version)
    {
        var input = new ReadOnlySequence<byte>(bytes);
        try
        {
            if (!MqttReader.TryRead(ref input, 1 << 20, version, out MqttFrame frame))
                return false;
            if (frame.Type == MqttPacketType.Connect && MqttConnect.ReadVersion(frame, out _) != version)
                return false;
            Packets.Read(frame, version);
            return true;
        }
        catch (MqttProtocolException refused)
        {
            Assert.InRange((int)refused.Reason, 0x80, 0xA2);
            return false;
        }
    }

    private static IEnumerable<byte[]> Seeds(MqttVersion version)
    {
        bool five = version == MqttVersion.V5;
        MqttProperties user = five
            ? new MqttProperties { UserProperties = [new("name", "value")] }
            : MqttProperties.None;
        yield return Packets.Bytes(new MqttConnect(version, true, 60, "client",
            new MqttWill("will/topic", "gone"u8.ToArray(), MqttQoS.AtLeastOnce, true, five
                ? new MqttMessageProperties { WillDelaySeconds = 1, Forwarded = Packets.Hex("26 0001 6B 0001 76") }
                : MqttMessageProperties.None), "user", "secret"u8.ToArray(),
            five ? user with { SessionExpirySeconds = 10, ReceiveMaximum = 3 } : user));
        yield return Packets.Bytes(Packets.Publish("some/topic", "payload", MqttQoS.ExactlyOnce, 3, properties: five
            ? new MqttMessageProperties { ExpirySeconds = 3, TopicAlias = 2, Forwarded = Packets.Hex("26 0001 6B 0001 76") }
            : null), version);
        yield return Packets.Bytes(new MqttAck(MqttPacketType.PubAck, 3, MqttReason.Success, user), version);
        yield return Packets.Bytes(new MqttAck(MqttPacketType.PubRel, 3, MqttReason.Success, user), version);
        yield return Packets.Bytes(new MqttSubscribe(4, [new MqttFilter("a/+/b", MqttQoS.AtLeastOnce),
            new MqttFilter("#", MqttQoS.ExactlyOnce)], user), version);
        yield return Packets.Bytes(new MqttUnsubscribe(4, ["a/+/b", "#"], user), version);
        yield return Packets.Bytes(new MqttDisconnect(0, user), version);
        if (five)
            yield return Packets.Bytes(new MqttAuth(MqttReason.ReAuthenticate, user with { AuthenticationMethod = "m" }), version);
    }
}
