using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Host.Configuration;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host.Tests.Configuration;

public sealed class OptionsTests
{
    [Fact]
    public void Without_any_configuration_everything_listens_on_loopback()
    {
        HostOptions options = ConfigurationOf.Arguments();

        Assert.Equal(new ListenAddress("127.0.0.1", 5672), options.AmqpDoor.Listen);
        Assert.Equal(new ListenAddress("127.0.0.1", 8080), options.HttpDoor.Listen);
        Assert.Equal(new ListenAddress("127.0.0.1", 15672), options.AdminListen);
        Assert.Equal(new ListenAddress("127.0.0.1", 7400), options.ClusterListen);
        Assert.Equal(new ListenAddress("127.0.0.1", 1883), options.MqttDoor.Listen);
        Assert.Equal(new ListenAddress("127.0.0.1", 8083), options.MqttWebSocketListen);
        Assert.Equal(new ListenAddress("127.0.0.1", 9876), options.RocketMqNameServerListen);
        Assert.Equal(new ListenAddress("127.0.0.1", 10911), options.RocketMqBrokerListen);
        Assert.Null(options.RocketMqAdvertise);
        Assert.Null(options.AmqpDoor.TlsListen);
        Assert.Null(options.MqttDoor.TlsListen);
        Assert.Null(options.HttpDoor.TlsListen);
        Assert.Equal(new NodeId(1), options.Node.Id);
        Assert.Equal(Path.GetFullPath("./data"), options.Node.DataDirectory);
        Assert.Empty(options.Node.Peers);
        Assert.Null(options.Node.Secret);
        Assert.Equal(30_000, options.Node.PublishTimeoutMs);
        Assert.Equal(new Core.Broker.LimitOptions(), options.Node.Limits);
        Assert.Equal(LogLevel.Information, options.LogLevel);
    }

    /// <summary>The defaults that --help shows are the ones that the adapters have by themselves.</summary>
    [Fact]
    public void The_defaults_of_the_settings_are_the_defaults_of_the_code()
    {
        HostOptions options = ConfigurationOf.Arguments();

        Assert.Equal(new Adapters.Amqp.AmqpOptions(), options.Amqp);
        Assert.Equal(new Adapters.Mqtt.MqttOptions(), options.Mqtt);
        Assert.Equal(new Adapters.RocketMq.RocketMqOptions(), options.RocketMq);
        Assert.Equal(new Adapters.Http.HttpOptions() with { HostAliases = options.Http.HostAliases }, options.Http);
        var node = new NodeOptions { DataDirectory = options.Node.DataDirectory };
        Assert.Equal(
            node with
            {
                Users = options.Node.Users,
                AccessKeys = options.Node.AccessKeys,
                Peers = options.Node.Peers,
                ClusterAddress = "127.0.0.1:7400",
            },
            options.Node);
    }

    [Theory]
    [InlineData("10.0.0.4:7400", "10.0.0.4:7400")]
    [InlineData("[fd00::4]:7400", "[fd00::4]:7400")]
    [InlineData("*:7400", "")]
    [InlineData("0.0.0.0:7400", "")]
    [InlineData("[::]:7400", "")]
    [InlineData("10.0.0.4:0", "")]
    public void Members_are_reached_where_they_listen_if_that_is_an_address(string listen, string address)
    {
        HostOptions options = ConfigurationOf.Arguments(
            $"--Cluster:Listen={listen}", "--Cluster:Secret=0123456789abcdef");

        Assert.Equal(address, options.Node.ClusterAddress);
    }

    [Fact]
    public void Guest_is_seeded_when_no_user_is_named_and_only_then()
    {
        SeedUser guest = Assert.Single(ConfigurationOf.Arguments().Node.Users);
        Assert.Equal(("guest", "guest"), (guest.Name, guest.Password));

        SeedUser alice = Assert.Single(ConfigurationOf.Arguments(
            "--Users:0:Name=alice", "--Users:0:Password=s3cret", "--Users:0:Tags=administrator, monitoring").Node.Users);
        Assert.Equal(("alice", "s3cret"), (alice.Name, alice.Password));
        Assert.Equal(["administrator", "monitoring"], alice.Tags);
    }

    [Fact]
    public void An_access_key_acts_for_guest_in_the_default_namespace_unless_told()
    {
        IReadOnlyList<SeedAccessKey> keys = ConfigurationOf.Arguments(
            "--AccessKeys:0:SecretId=AKID1", "--AccessKeys:0:SecretKey=k1",
            "--AccessKeys:1:SecretId=AKID2", "--AccessKeys:1:SecretKey=k2",
            "--AccessKeys:1:User=alice", "--AccessKeys:1:Namespace=shop").Node.AccessKeys;

        Assert.Equal(
            [new SeedAccessKey("AKID1", "k1", "guest", "/"), new SeedAccessKey("AKID2", "k2", "alice", "shop")], keys);
    }

    [Fact]
    public void Peers_are_read_with_their_ids()
    {
        IReadOnlyList<PeerAddress> peers = ConfigurationOf.Arguments(
            "--Cluster:Peers:0=1@127.0.0.1:7401", "--Cluster:Peers:1=2@[::1]:7402", "--Cluster:Peers:2=3@node3:7403",
            "--Cluster:Secret=0123456789abcdef").Node.Peers;

        Assert.Equal(
            [
                new PeerAddress(new NodeId(1), "127.0.0.1", 7401),
                new PeerAddress(new NodeId(2), "::1", 7402),
                new PeerAddress(new NodeId(3), "node3", 7403),
            ],
            peers);
    }

    [Fact]
    public void An_empty_value_switches_a_listener_off()
    {
        HostOptions options = ConfigurationOf.Arguments("--Amqp:Listen=", "--Http:Listen=", "--Admin:Listen=");

        Assert.Null(options.AmqpDoor.Listen);
        Assert.Null(options.HttpDoor.Listen);
        Assert.Null(options.AdminListen);
    }

    [Theory]
    [InlineData("1000000", 1_000_000)]
    [InlineData("32KiB", 32 << 10)]
    [InlineData("32 mib", 32 << 20)]
    public void Byte_counts_may_have_a_unit(string text, int bytes) =>
        Assert.Equal(bytes, ConfigurationOf.Arguments($"--Limits:MaxMessageBytes={text}").Node.Limits.MaxMessageBytes);

    [Fact]
    public void The_limits_of_MQTT_packets_can_be_set()
    {
        Adapters.Mqtt.MqttOptions mqtt = ConfigurationOf.Arguments(
            "--Mqtt:MaxControlPacketBytes=64KiB", "--Mqtt:MaxPropertyBytes=0").Mqtt;

        Assert.Equal(64 << 10, mqtt.MaxControlPacketBytes);
        Assert.Equal(0, mqtt.MaxPropertyBytes);
    }

    [Theory]
    [InlineData("--Mqtt:MaxControlPacketBytes=1000", "not between")]
    [InlineData("--Mqtt:MaxPropertyBytes=1MiB", "not between")]
    [InlineData("--Cluster:Listen=0.0.0.0:7400", "need a Cluster:Secret")]
    [InlineData("--Cluster:Secret=short", "fewer than 16 characters")]
    [InlineData("--Amqp:TlsListen=127.0.0.1:5671", "Tls:CertificateFile is not set")]
    [InlineData("--Users:0:Name=alice", "alice.*no Password")]
    [InlineData("--Users:0:Password=x", "no Name")]
    [InlineData("--AccessKeys:0:SecretId=AKID1", "no SecretKey")]
    [InlineData("--AccessKeys:0:SecretId=abc", "does not begin with AKID")]
    [InlineData("--Node:DataDirectory=", "DataDirectory is empty")]
    [InlineData("--Node:Id=0", "not between 1 and")]
    [InlineData("--Node:Id=one", "not a whole number")]
    [InlineData("--Publish:TimeoutMs=30s", "not a whole number")]
    [InlineData("--Limits:MaxMessageBytes=64MB", "not a number of bytes")]
    [InlineData("--Limits:MaxMessageBytes=9999999999GiB", "not a number of bytes")]
    [InlineData("--Log:Level=verbose", "none of")]
    [InlineData("--Log:Level=2", "none of")]
    [InlineData("--Cluster:Peers:0=127.0.0.1:7400", "id@host:port")]
    [InlineData("--Cluster:Peers:0=1@127.0.0.1:0", "could be reached")]
    [InlineData("--Http:Advertise=example.org", "does not have that yet")]
    [InlineData("--Amqp:Advertise=example.org", "does not have that yet")]
    [InlineData("--Node:SegmentBits=23", "Node:SegmentBits.* is not between 24 and 30")]
    [InlineData("--Node:SegmentBits=31", "Node:SegmentBits.* is not between 24 and 30")]
    [InlineData("stray", "not of the form --Key=value")]
    [InlineData("--Amqp:Listen", "has no value")]
    public void What_cannot_be_used_stops_the_start_and_says_why(string argument, string why) =>
        Assert.Matches(why, ConfigurationOf.Refusal(argument));

    /// <summary>Else the start would fail later, without the name of the setting.</summary>
    [Fact]
    public async Task Segments_may_be_as_small_and_as_large_as_the_store_takes_them()
    {
        Setting bits = Settings.Get("Node:SegmentBits");
        await OpenAsync(bits.Min);
        await OpenAsync(bits.Max);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => OpenAsync(bits.Min - 1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => OpenAsync(bits.Max + 1));
    }

    [Fact]
    public void A_door_that_comes_later_may_be_switched_off() => ConfigurationOf.Arguments("--Amqp:Advertise=");

    [Fact]
    public void A_peer_named_twice_stops_the_start() => Assert.Contains("twice", ConfigurationOf.Refusal(
        "--Cluster:Peers:0=1@127.0.0.1:7401", "--Cluster:Peers:1=1@127.0.0.1:7402"), StringComparison.Ordinal);

    [Fact]
    public void Peers_need_a_cluster_listener() => Assert.Contains("Cluster:Listen is off", ConfigurationOf.Refusal(
        "--Cluster:Peers:0=2@127.0.0.1:7401", "--Cluster:Listen="), StringComparison.Ordinal);

    [Fact]
    public void Help_names_every_key_that_can_be_used()
    {
        foreach (Setting setting in Settings.All.Where(setting => setting.Kind != SettingKind.NotYet))
            Assert.Contains($"--{setting.Key} ", HelpText.Help, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_a_name_and_a_number() => Assert.Matches(@"^cmqd \d+\.\d+\.\d+", HelpText.Version);

    private static async Task OpenAsync(long segmentBits)
    {
        string directory = Directory.CreateTempSubdirectory("cmq-host-").FullName;
        try
        {
            var options = new LogStoreOptions { Directory = directory, SegmentBits = (int)segmentBits };
            await FasterLogStore.Open(options).DisposeAsync();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
