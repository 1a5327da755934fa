using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.Metadata.TestDirectory;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

public sealed class DirectoryClusterTests
{
    [Fact]
    public void Before_the_bootstrap_record_everything_else_is_unavailable()
    {
        TestDirectory directory = TestDirectory.Empty();

        directory.Refused(Reply.Unavailable, new DirectoryCommand.RegisterNode(Node1, StoreId, "a:1"));
        directory.Refused(Reply.Unavailable, new DirectoryCommand.PutNamespace("/"));

        Assert.False(directory.Snapshot.IsBootstrapped);
        Assert.Equal(2, directory.Snapshot.AppliedIndex);
    }

    [Fact]
    public void The_bootstrap_record_makes_cluster_namespace_user_and_key()
    {
        DirectorySnapshot snapshot = TestDirectory.Started().Snapshot;

        Assert.Equal(TestDirectory.ClusterId, snapshot.ClusterId);
        Assert.Equal(2, snapshot.DataGroups);
        Assert.Equal([1, 2], snapshot.Members.Select(member => member.Node.Value));
        Assert.Equal("/", Assert.Single(snapshot.ListNamespaces()).Name);
        Assert.True(snapshot.FindUser("guest")!.Verifier.Verify("guest"u8));
        Assert.Equal([1, 2, 3], snapshot.FindAccessKey("key1")!.SealedSecret.ToArray());
        Assert.Equal(
            ["", "amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.rabbitmq.trace", "amq.topic"],
            snapshot.ListTopics(snapshot.FindNamespace("/")!.Value).Select(topic => topic.Name));
    }

    [Fact]
    public void A_second_bootstrap_record_changes_nothing()
    {
        TestDirectory directory = TestDirectory.Started();

        directory.Ok(Bootstrap(new DirectoryLimits(), 2) with { ClusterId = Guid.Empty, DataGroups = 9 });

        Assert.Equal(TestDirectory.ClusterId, directory.Snapshot.ClusterId);
        Assert.Equal(2, directory.Snapshot.DataGroups);
        Assert.Single(directory.Snapshot.ListNamespaces());
    }

    [Fact]
    public void An_unknown_machine_version_stops_the_node()
    {
        TestDirectory directory = TestDirectory.Started();
        directory.Ok(new DirectoryCommand.RaiseVersion(DirectoryMachine.SupportedVersion));

        Assert.Throws<InvariantException>(
            () => directory.Apply(new DirectoryCommand.RaiseVersion(DirectoryMachine.SupportedVersion + 1)));
    }

    [Fact]
    public void Registering_supersedes_the_earlier_life_and_tells_every_group()
    {
        TestDirectory directory = TestDirectory.Started();
        var next = new NodeIncarnation(new NodeId(1), 2);

        directory.Ok(new DirectoryCommand.RegisterNode(next, StoreId, "127.0.0.1:9"));

        Assert.Equal([Node1], directory.Context.Ended);
        Assert.Equal(["1: gone 1.1", "2: gone 1.1", "-2: gone 1.1"], directory.Context.Take());
        Assert.False(directory.Snapshot.IsLive(Node1));
        Assert.True(directory.Snapshot.IsLive(next));
        Assert.Equal("127.0.0.1:9", directory.Snapshot.FindNode(new NodeId(1))!.ClusterAddress);
    }

    [Fact]
    public void Registering_again_is_harmless_and_an_earlier_or_ended_life_is_refused()
    {
        TestDirectory directory = TestDirectory.Started();
        var next = new NodeIncarnation(new NodeId(1), 2);
        directory.Ok(new DirectoryCommand.RegisterNode(next, StoreId, "a:1"));
        directory.Context.Take();

        directory.Ok(new DirectoryCommand.RegisterNode(next, StoreId, "a:2"));
        directory.Refused(Reply.Gone, new DirectoryCommand.RegisterNode(Node1, StoreId, "a:1"));
        directory.Refused(Reply.Gone, new DirectoryCommand.RegisterNode(next, Guid.Empty, "a:1"));
        Assert.Empty(directory.Context.Take());
        Assert.Equal("a:2", directory.Snapshot.FindNode(new NodeId(1))!.ClusterAddress);

        directory.Ok(new DirectoryCommand.NodeGone(next));
        directory.Refused(Reply.Gone, new DirectoryCommand.RegisterNode(next, StoreId, "a:1"));
        directory.Ok(new DirectoryCommand.RegisterNode(new NodeIncarnation(new NodeId(1), 3), StoreId, "a:1"));
    }

    [Fact]
    public void Registering_again_replaces_what_the_node_advertises_and_its_life_goes_on()
    {
        TestDirectory directory = TestDirectory.Started();
        ServiceAddress[] services = [new("s:1", "h:1"), new("s:2", "h:2")];

        directory.Ok(new DirectoryCommand.RegisterNode(Node1, StoreId, "a:1") { Services = services });

        Assert.Empty(directory.Context.Take());
        NodeInfo node = directory.Snapshot.FindNode(new NodeId(1))!;
        Assert.Equal((Node1, "h:2", null), (node.Incarnation, node.AddressOf("s:2"), node.AddressOf("s:3")));
        directory.Ok(new DirectoryCommand.RegisterNode(Node1, StoreId, "a:1"));
        Assert.Null(directory.Snapshot.FindNode(new NodeId(1))!.AddressOf("s:2"));
    }

    [Fact]
    public void What_a_node_advertises_has_a_limit()
    {
        TestDirectory directory = TestDirectory.Started();
        DirectoryCommand Register(int count, string name = "s", string address = "h:1") =>
            new DirectoryCommand.RegisterNode(Node1, StoreId, "a:1")
            {
                Services = [.. Enumerable.Range(0, count).Select(i => new ServiceAddress($"{name}{i}", address))],
            };

        directory.Ok(Register(64));
        directory.Refused(Reply.LimitReached, Register(65));
        directory.Refused(Reply.BadName, Register(1, name: new string('s', 255)));
        directory.Refused(Reply.BadName, Register(1, address: ""));
    }

    [Fact]
    public void A_gone_node_takes_its_queues_and_their_bindings_along_and_nothing_else()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.Topic("amq.direct");
        directory.Bind(topic, directory.DeclareQueue("durable"), "k");
        directory.Bind(topic, directory.DeclareQueue("exclusive", durable: true, exclusive: true), "k");
        directory.Bind(topic, directory.DeclareQueue("transient", durable: false), "k");
        directory.Bind(topic, directory.DeclareQueue("other", durable: false, declarer: Connection2), "k");
        Assert.Equal("durable exclusive other transient", directory.Route(topic, "k"));
        directory.Context.Take();

        directory.Ok(new DirectoryCommand.NodeGone(Node1));

        Assert.Equal("durable other", directory.Route(topic, "k"));
        Assert.Equal(["durable", "other"], directory.Snapshot.ListQueues(directory.Root).Select(queue => queue.Name));
        Assert.Equal(2, directory.Snapshot.BindingCount);
        Assert.Equal([Node1], directory.Context.Ended);
        Assert.Equal(["1: gone 1.1", "2: gone 1.1", "-2: gone 1.1"], directory.Context.Take());
        Assert.Equal([2], directory.Snapshot.Nodes.Select(node => node.Incarnation.Node.Value));
    }

    [Fact]
    public void A_life_that_ended_ends_once()
    {
        TestDirectory directory = TestDirectory.Started();
        directory.Ok(new DirectoryCommand.NodeGone(Node1));
        directory.Context.Take();

        directory.Ok(new DirectoryCommand.NodeGone(Node1));
        directory.Ok(new DirectoryCommand.NodeGone(new NodeIncarnation(new NodeId(9), 1)));

        Assert.Empty(directory.Context.Take());
        Assert.Single(directory.Context.Ended);
    }

    [Fact]
    public void Topics_that_are_not_durable_go_with_the_last_node()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.DeclareTopic("t", TopicKind.Fanout, durable: false);
        directory.Bind(topic, directory.DeclareQueue("q"));

        directory.Ok(new DirectoryCommand.NodeGone(Node1));
        Assert.NotNull(directory.Snapshot.FindTopic(topic.Id));

        directory.Ok(new DirectoryCommand.NodeGone(Node2));
        Assert.Null(directory.Snapshot.FindTopic(topic.Id));
        Assert.Equal(0, directory.Snapshot.BindingCount);
        Assert.NotNull(directory.Queue("q"));
    }

    [Fact]
    public void Node_numbers_have_a_limit()
    {
        TestDirectory directory = TestDirectory.Started(new DirectoryLimits { MaxNodes = 2 });
        directory.Ok(new DirectoryCommand.PutMember(new Replica(new NodeId(3), StoreId)));

        directory.Refused(
            Reply.LimitReached,
            new DirectoryCommand.RegisterNode(new NodeIncarnation(new NodeId(3), 1), StoreId, "a:1"));
    }

    [Fact]
    public void News_of_a_queue_that_no_group_sent_is_our_bug()
    {
        TestDirectory directory = TestDirectory.Started();

        Assert.Throws<InvariantException>(
            () => directory.Apply(new DirectoryCommand.QueueReady(new QueueId(1)), LaneSource.Of(Node1)));
    }
}
