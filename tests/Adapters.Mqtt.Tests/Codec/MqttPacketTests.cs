using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;

/// <summary>Known bytes both ways, and everything that is not a packet.</summary>
public sealed class MqttPacketTests
{
    private static readonly KeyValuePair<string, string>[] Users = [new("k", "v"), new("k", "w")];

    [Fact]
    public void The_CONNECT_of_each_version_is_read()
    {
        MqttConnect old = Connect("10 12 0006 4D5149736470 03 02 003C 0004 64657631");
        Assert.Null(old.Password);
        Assert.Equal((MqttVersion.V31, true, 60, "dev1"), (old.Version, old.CleanStart, old.KeepAliveSeconds, old.ClientId));

        MqttConnect middle = Connect(
            "10 23 0004 4D515454 04 EC 000A 0001 63 0003 772F74 0003 627965 0004 75736572 0004 70617373");
        Assert.Equal((MqttVersion.V311, false, "c"), (middle.Version, middle.CleanStart, middle.ClientId));
        Assert.Equal(("w/t", MqttQoS.AtLeastOnce, true), (middle.Will!.Topic, middle.Will.QoS, middle.Will.Retain));
        Assert.Equal("bye"u8.ToArray(), middle.Will.Payload.ToArray());
        Assert.Equal("user", middle.UserName);
        Assert.Equal("pass"u8.ToArray(), middle.Password!.Value.ToArray());

        MqttConnect five = Connect("10 20 0004 4D515454 05 06 0000 08 11 0000000A 21 0014 0000"
            + "05 18 00000005 0001 77 0000");
        Assert.Equal((10u, (ushort)20), (five.Properties.SessionExpirySeconds, five.Properties.ReceiveMaximum));
        Assert.Equal(5u, five.Will!.Properties.WillDelaySeconds);
        Assert.Equal("", five.ClientId);
    }

    [Fact]
    public void A_bridge_bit_in_the_level_is_forgiven_and_an_unknown_level_told()
    {
        Assert.Equal(MqttVersion.V311, MqttConnect.ReadVersion(
            Packets.Frame(Packets.Hex("10 0D 0004 4D515454 84 02 003C 0001 61"), null), out _));
        Assert.Null(MqttConnect.ReadVersion(
            Packets.Frame(Packets.Hex("10 0D 0004 4D515454 06 02 003C 0001 61"), null), out byte level));
        Assert.Equal(6, level);
        Assert.Equal(MqttReason.UnsupportedVersion, Assert.Throws<MqttProtocolException>(() => MqttConnect.ReadVersion(
            Packets.Frame(Packets.Hex("10 0D 0004 48545450 04 02 003C 0001 61"), null), out _)).Reason);
    }

    [Theory]
    [InlineData("10 0D 0004 4D515454 04 03 003C 0001 61", MqttReason.MalformedPacket)] // reserved flag
    [InlineData("10 0D 0004 4D515454 04 0A 003C 0001 61", MqttReason.MalformedPacket)] // will QoS without will
    [InlineData("10 0D 0004 4D515454 04 22 003C 0001 61", MqttReason.MalformedPacket)] // will retain without will
    [InlineData("10 0D 0004 4D515454 04 1E 003C 0001 61", MqttReason.MalformedPacket)] // will QoS 3
    [InlineData("10 10 0004 4D515454 04 42 003C 0001 61 0001 62", MqttReason.MalformedPacket)] // password alone
    [InlineData("10 0E 0004 4D515454 04 02 003C 0001 61 62", MqttReason.MalformedPacket)] // bytes behind it
    [InlineData("10 0D 0004 4D515454 04 02 003C 0005 61", MqttReason.MalformedPacket)] // length past the end
    [InlineData("10 0D 0004 4D515454 04 02 003C 0001 00", MqttReason.MalformedPacket)] // U+0000
    [InlineData("10 0F 0004 4D515454 04 02 003C 0003 EDA080", MqttReason.MalformedPacket)] // surrogate
    [InlineData("10 0E 0004 4D515454 04 02 003C 0002 C080", MqttReason.MalformedPacket)] // overlong
    [InlineData("10 13 0004 4D515454 05 02 003C 05 11 00000001 0000 00", MqttReason.MalformedPacket)]
    [InlineData("10 17 0004 4D515454 05 02 003C 0A 11 00000001 11 00000001 0000", MqttReason.ProtocolError)] // twice
    [InlineData("10 10 0004 4D515454 05 02 003C 03 21 0000 0000", MqttReason.ProtocolError)] // receive maximum 0
    [InlineData("10 12 0004 4D515454 05 02 003C 05 27 00000000 0000", MqttReason.ProtocolError)] // packet size 0
    [InlineData("10 0F 0004 4D515454 05 02 003C 02 17 02 0000", MqttReason.ProtocolError)] // flag of 2
    [InlineData("10 10 0004 4D515454 05 02 003C 03 23 0001 0000", MqttReason.MalformedPacket)] // alias in CONNECT
    [InlineData("10 0F 0004 4D515454 05 02 003C 02 7E 00 0000", MqttReason.MalformedPacket)] // unknown
    [InlineData("10 11 0004 4D515454 05 02 003C 04 16 0001 61 0000", MqttReason.ProtocolError)] // data, no method
    [InlineData("10 0D 0004 4D515454 05 02 003C 7F 0000", MqttReason.MalformedPacket)] // block past the end
    public void A_bad_CONNECT_is_refused(string hex, MqttReason reason) =>
        Assert.Equal(reason, Assert.Throws<MqttProtocolException>(() => Connect(hex)).Reason);

    [Fact]
    public void A_password_without_a_user_is_for_5_only() =>
        Assert.Equal("b"u8.ToArray(), Connect("10 11 0004 4D515454 05 42 003C 00 0001 61 0001 62").Password!.Value.ToArray());

    [Theory]
    [InlineData("36 06 0001 61 0001 78", MqttVersion.V311, MqttReason.MalformedPacket)] // QoS 3
    [InlineData("38 04 0001 61 78", MqttVersion.V311, MqttReason.MalformedPacket)] // DUP with QoS 0
    [InlineData("32 06 0001 61 0000 78", MqttVersion.V311, MqttReason.ProtocolError)] // id 0
    [InlineData("30 03 0000 78", MqttVersion.V311, MqttReason.ProtocolError)] // no topic
    [InlineData("30 04 0000 00 78", MqttVersion.V5, MqttReason.ProtocolError)] // no topic, no alias
    [InlineData("30 06 0001 61 02 23 00", MqttVersion.V5, MqttReason.MalformedPacket)] // alias cut off
    [InlineData("30 07 0001 61 03 23 0000", MqttVersion.V5, MqttReason.TopicAliasInvalid)]
    [InlineData("30 06 0001 61 02 01 02", MqttVersion.V5, MqttReason.ProtocolError)] // payload format 2
    [InlineData("30 08 0001 61 04 08 0001 2B", MqttVersion.V5, MqttReason.ProtocolError)] // response topic "+"
    [InlineData("30 06 0001 61 02 0B 00", MqttVersion.V5, MqttReason.ProtocolError)] // identifier 0
    [InlineData("30 09 0001 61 05 11 00000001", MqttVersion.V5, MqttReason.MalformedPacket)] // misplaced
    [InlineData("30 05 0001 61 80 00", MqttVersion.V5, MqttReason.MalformedPacket)] // length longer than needed
    [InlineData("30 03 0005 61", MqttVersion.V311, MqttReason.MalformedPacket)]
    [InlineData("30 01 00", MqttVersion.V311, MqttReason.MalformedPacket)]
    [InlineData("82 02 0001", MqttVersion.V311, MqttReason.ProtocolError)] // no filter
    [InlineData("82 06 0000 0001 61 00", MqttVersion.V311, MqttReason.ProtocolError)] // id 0
    [InlineData("82 06 0001 0001 61 03", MqttVersion.V311, MqttReason.MalformedPacket)] // QoS 3
    [InlineData("82 06 0001 0001 61 04", MqttVersion.V311, MqttReason.MalformedPacket)] // no-local before 5.0
    [InlineData("82 07 0001 00 0001 61 30", MqttVersion.V5, MqttReason.ProtocolError)] // retain handling 3
    [InlineData("82 07 0001 00 0001 61 40", MqttVersion.V5, MqttReason.MalformedPacket)] // reserved bits
    [InlineData("82 05 0001 0001 61", MqttVersion.V311, MqttReason.MalformedPacket)] // options missing
    [InlineData("82 09 0001 02 0B 00 0001 61 00", MqttVersion.V5, MqttReason.ProtocolError)] // identifier 0
    [InlineData("82 0B 0001 04 0B 01 0B 02 0001 61 00", MqttVersion.V5, MqttReason.ProtocolError)] // twice
    [InlineData("A2 02 0001", MqttVersion.V311, MqttReason.ProtocolError)]
    [InlineData("A2 03 0001 00", MqttVersion.V5, MqttReason.ProtocolError)]
    [InlineData("40 02 0000", MqttVersion.V311, MqttReason.ProtocolError)]
    [InlineData("40 01 00", MqttVersion.V311, MqttReason.MalformedPacket)]
    [InlineData("40 03 0001 00", MqttVersion.V311, MqttReason.MalformedPacket)] // a reason before 5.0
    [InlineData("40 03 0001 01", MqttVersion.V5, MqttReason.ProtocolError)] // not a reason of PUBACK
    [InlineData("62 03 0001 80", MqttVersion.V5, MqttReason.ProtocolError)]
    [InlineData("E0 01 00", MqttVersion.V311, MqttReason.MalformedPacket)]
    [InlineData("E0 01 7F", MqttVersion.V5, MqttReason.ProtocolError)]
    [InlineData("F0 01 01", MqttVersion.V5, MqttReason.ProtocolError)]
    public void A_bad_packet_is_refused_with_the_reason_that_the_specification_names(
        string hex, MqttVersion version, MqttReason reason)
    {
        byte[] bytes = Packets.Hex(hex);
        Assert.Equal(reason, Assert.Throws<MqttProtocolException>(
            () => Packets.Read(Packets.Frame(bytes, version), version)).Reason);
    }

    [Fact]
    public void A_publish_is_written_as_the_specification_shows_it()
    {
        Assert.Equal(Packets.Hex("32 07 0003 612F62 000A"),
            Packets.Bytes(Packets.Publish("a/b", "", MqttQoS.AtLeastOnce, 10), MqttVersion.V311));
        Assert.Equal(Packets.Hex("3D 08 0003 612F62 000A 00"),
            Packets.Bytes(Packets.Publish("a/b", "", MqttQoS.ExactlyOnce, 10, retain: true, dup: true), MqttVersion.V5));
        var properties = new MqttMessageProperties
        {
            Forwarded = Packets.Hex("01 01"),
            ExpirySeconds = 60,
            TopicAlias = 3,
            SubscriptionIdentifiers = [5, 128],
        };
        Assert.Equal(Packets.Hex("30 13 0000 0F 0101 02 0000003C 23 0003 0B05 0B8001 78"),
            Packets.Bytes(Packets.Publish("", "x", properties: properties), MqttVersion.V5));
    }

    [Fact]
    public void What_is_forwarded_keeps_its_bytes_and_order_and_what_is_ours_is_taken_out()
    {
        MqttPublish publish = MqttPublish.Read(Packets.Frame(Packets.Hex(
            "30 21 0001 61 1C 26 0001 6B 0001 76 23 0001 26 0001 6B 0001 77 02 00000007 03 0001 74 01 00 78"),
            MqttVersion.V5), MqttVersion.V5);
        Assert.Equal(Packets.Hex("26 0001 6B 0001 76 26 0001 6B 0001 77 03 0001 74 01 00"),
            publish.Properties.Forwarded.ToArray());
        Assert.Equal(((ushort?)1, 7u), (publish.Properties.TopicAlias, publish.Properties.ExpirySeconds));
        Assert.Equal("x"u8.ToArray(), publish.Payload.ToArray());
    }

    [Theory]
    [InlineData(MqttVersion.V31)]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public void Everything_that_is_written_is_read_as_it_was(MqttVersion version)
    {
        bool five = version == MqttVersion.V5;
        MqttProperties user = five ? new MqttProperties { UserProperties = Users, ReasonString = "why" } : MqttProperties.None;
        MqttProperties bare = five ? new MqttProperties { UserProperties = Users } : MqttProperties.None;
        RoundTrip(new MqttConnAck(version != MqttVersion.V31, MqttReason.Success, five ? AllOfConnAck : MqttProperties.None), version);
        foreach (MqttPacketType type in new[]
            { MqttPacketType.PubAck, MqttPacketType.PubRec, MqttPacketType.PubRel, MqttPacketType.PubComp })
        {
            RoundTrip(new MqttAck(type, 65_535), version);
            if (five)
                RoundTrip(new MqttAck(type, 1, type < MqttPacketType.PubRel ? MqttReason.QuotaExceeded : MqttReason.PacketIdNotFound, user), version);
        }
        RoundTrip(new MqttSubscribe(7, [new MqttFilter("a/+", MqttQoS.AtLeastOnce), new MqttFilter("#", MqttQoS.ExactlyOnce,
            five, five, five ? MqttRetainHandling.DoNotSend : 0)],
            five ? bare with { SubscriptionIdentifier = 268_435_455 } : bare), version);
        RoundTrip(new MqttSubAck(7, [MqttReason.GrantedQoS1, MqttReason.Unspecified], user), version);
        RoundTrip(new MqttUnsubscribe(7, ["a/+", "#"], bare), version);
        RoundTrip(new MqttUnsubAck(7, five ? [MqttReason.Success, MqttReason.NoSubscriptionExisted] : [], user), version);
        RoundTrip(new MqttDisconnect(five ? MqttReason.ServerMoved : 0, five ? user with { ServerReference = "x" } : user), version);
        if (five)
        {
            RoundTrip(new MqttAuth(MqttReason.ContinueAuthentication,
                user with { AuthenticationMethod = "m", AuthenticationData = new byte[] { 1, 2 } }), version);
        }
    }

    [Theory]
    [InlineData(MqttVersion.V31)]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public void A_CONNECT_with_everything_comes_back(MqttVersion version)
    {
        bool five = version == MqttVersion.V5;
        var connect = new MqttConnect(version, CleanStart: false, 30, "id é ﻿",
            new MqttWill("w", new byte[] { 1 }, MqttQoS.ExactlyOnce, Retain: true, five
                ? new MqttMessageProperties { Forwarded = Packets.Hex("03 0001 74"), ExpirySeconds = 9, WillDelaySeconds = 8 }
                : MqttMessageProperties.None),
            "user", new byte[] { 0, 255 }, five ? new MqttProperties
            {
                SessionExpirySeconds = 1,
                ReceiveMaximum = 2,
                MaximumPacketBytes = 3,
                TopicAliasMaximum = 4,
                RequestProblemInformation = false,
                RequestResponseInformation = true,
                AuthenticationMethod = "SCRAM",
                AuthenticationData = new byte[] { 7 },
                UserProperties = Users,
            } : MqttProperties.None);

        MqttFrame frame = Packets.Frame(Packets.Bytes(connect), null);
        Assert.Equal(version, MqttConnect.ReadVersion(frame, out _));
        Assert.Equivalent(connect, MqttConnect.Read(frame, version), strict: true);
    }

    [Theory]
    [InlineData(MqttReason.UnsupportedVersion, 1)]
    [InlineData(MqttReason.ClientIdNotValid, 2)]
    [InlineData(MqttReason.ServerBusy, 3)]
    [InlineData(MqttReason.QuotaExceeded, 3)]
    [InlineData(MqttReason.BadUserNameOrPassword, 4)]
    [InlineData(MqttReason.NotAuthorized, 5)]
    public void A_CONNACK_of_the_old_versions_has_a_return_code(MqttReason reason, byte code) =>
        Assert.Equal([0x20, 2, 0, code],
            Packets.Bytes(new MqttConnAck(false, reason, MqttProperties.None), MqttVersion.V311));

    [Fact]
    public void What_the_client_does_not_take_is_not_written()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MqttWriter(output) { Version = MqttVersion.V5, MaxPacketBytes = 10 };
        Assert.False(writer.Publish(Packets.Publish("topic", "12345")));
        Assert.False(writer.Packet(new MqttAck(MqttPacketType.PubAck, 1, MqttReason.QuotaExceeded,
            new MqttProperties { ReasonString = "a long story" })));
        Assert.Equal(0, output.WrittenCount);
        Assert.True(writer.Publish(Packets.Publish("topic", "")));
        Assert.Equal(10, output.WrittenCount);
    }

    private static MqttProperties AllOfConnAck => new()
    {
        SessionExpirySeconds = uint.MaxValue,
        AssignedClientId = "auto",
        ServerKeepAliveSeconds = 1,
        AuthenticationMethod = "m",
        AuthenticationData = new byte[] { 1 },
        ResponseInformation = "r",
        ServerReference = "s",
        ReasonString = "t",
        ReceiveMaximum = 65_535,
        TopicAliasMaximum = 0,
        MaximumQoS = MqttQoS.AtLeastOnce,
        RetainAvailable = true,
        MaximumPacketBytes = uint.MaxValue,
        WildcardSubscriptionAvailable = false,
        SubscriptionIdentifierAvailable = true,
        SharedSubscriptionAvailable = false,
        UserProperties = Users,
    };

    private static MqttConnect Connect(string hex)
    {
        MqttFrame frame = Packets.Frame(Packets.Hex(hex), null);
        return MqttConnect.Read(frame, MqttConnect.ReadVersion(frame, out _)!.Value);
    }

    private static void RoundTrip<T>(T packet, MqttVersion version)
        where T : struct, IMqttPacket<T>
    {
        byte[] bytes = Packets.Bytes(packet, version);
        T read = T.Read(Packets.Frame(bytes, version), version);
        Assert.Equivalent(packet, read, strict: true);
        Assert.Equal(bytes, Packets.Bytes(read, version));
    }
}
