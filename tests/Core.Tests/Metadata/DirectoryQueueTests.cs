using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.Metadata.TestDirectory;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

public sealed class DirectoryQueueTests
{
    [Fact]
    public void A_queue_is_routed_to_once_its_group_has_it()
    {
        TestDirectory directory = TestDirectory.Started();
        long id = directory.Ok(new DirectoryCommand.DeclareQueue(directory.Root, Declaration("q"), Connection1));
        QueueInfo queue = directory.Queue("q");
        directory.Bind(directory.Topic("amq.fanout"), queue);

        Assert.Equal(id, queue.Id.Value);
        Assert.Equal(QueueState.Creating, directory.Snapshot.StateOf(queue.Id));
        Assert.Equal(
            [$"{queue.Group}: create {id} q durable=True autoDelete=False owner=0"], directory.Context.Take());
        Assert.Equal("", directory.Route(directory.Topic(""), "q"));
        Assert.Equal("", directory.Route(directory.Topic("amq.fanout"), ""));

        directory.News(new GroupId(3 - queue.Group.Value), new DirectoryCommand.QueueReady(queue.Id));
        Assert.Equal(QueueState.Creating, directory.Snapshot.StateOf(queue.Id));

        directory.News(queue.Group, new DirectoryCommand.QueueReady(queue.Id));
        Assert.Equal(QueueState.Ready, directory.Snapshot.StateOf(queue.Id));
        Assert.Equal("q", directory.Route(directory.Topic(""), "q"));
        Assert.Equal("q", directory.Route(directory.Topic("amq.fanout"), ""));
    }

    [Fact]
    public void Durable_queues_are_placed_by_hash_of_their_name_and_others_with_their_declarer()
    {
        TestDirectory directory = TestDirectory.Started(dataGroups: 4);
        var groups = new HashSet<int>();
        for (int i = 0; i < 50; i++)
        {
            QueueInfo queue = directory.DeclareQueue($"q{i}");
            Assert.Equal(SlotMap.SlotOf(directory.Root, $"q{i}") % 4 + 1, queue.Group.Value);
            groups.Add(queue.Group.Value);
        }
        Assert.Equal([1, 2, 3, 4], groups.Order());

        QueueInfo transient = directory.DeclareQueue("transient", durable: false, declarer: Connection2);
        QueueInfo exclusive = directory.DeclareQueue("exclusive", exclusive: true);
        Assert.Equal((GroupId.LocalOf(Node2.Node), null), (transient.Group, transient.Owner));
        Assert.Equal((GroupId.LocalOf(Node1.Node), Connection1), (exclusive.Group, exclusive.Owner));
        Assert.False(exclusive.Durable);
    }

    [Fact]
    public void The_slot_of_a_name_is_its_CRC_32C_and_never_changes()
    {
        Assert.Equal(NaiveSlot(0, ""), SlotMap.SlotOf(new NamespaceId(0), ""));
        Assert.Equal(0x8C28B28A % SlotMap.Slots, (uint)SlotMap.SlotOf(new NamespaceId(0), ""));
        Assert.Equal(NaiveSlot(77, "orders-é"), SlotMap.SlotOf(new NamespaceId(77), "orders-é"));

        static int NaiveSlot(long ns, string name)
        {
            uint crc = uint.MaxValue;
            foreach (byte b in (byte[])[.. BitConverter.GetBytes(ns), .. System.Text.Encoding.UTF8.GetBytes(name)])
            {
                crc ^= b;
                for (int bit = 0; bit < 8; bit++)
                    crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
            return (int)(~crc % 1024);
        }
    }

    [Fact]
    public void Declaring_a_queue_again_gives_the_present_one()
    {
        TestDirectory directory = TestDirectory.Started();
        QueueInfo queue = directory.DeclareQueue("q");
        directory.Context.Take();

        var again = directory.Apply(
            new DirectoryCommand.DeclareQueue(directory.Root, Declaration("q", durable: false), Connection2));

        Assert.Equal((Reply.AlreadyExists, queue.Id.Value), (again.Reply, again.Value));
        Assert.Empty(directory.Context.Take());
    }

    [Fact]
    public void Names_that_differ_by_case_are_refused_only_to_who_asks_for_that()
    {
        TestDirectory directory = TestDirectory.Started();
        QueueInfo upper = directory.DeclareQueue("Orders");
        directory.DeclareQueue("Local", durable: false);

        var folded = directory.Apply(new DirectoryCommand.DeclareQueue(
            directory.Root, Declaration("oRDERS", ignoreCase: true), Connection1));
        Assert.Equal((Reply.AlreadyExists, upper.Id.Value), (folded.Reply, folded.Value));

        QueueInfo lower = directory.DeclareQueue("orders");
        directory.Ok(new DirectoryCommand.DeclareQueue(
            directory.Root, Declaration("local", ignoreCase: true), Connection1));
        Assert.Equal(lower.Id, directory.Snapshot.FindQueueIgnoringCase(directory.Root, "orders")!.Id);
        Assert.Equal(upper.Id, directory.Snapshot.FindQueueIgnoringCase(directory.Root, "ORDERS")!.Id);

        directory.News(upper.Group, new DirectoryCommand.QueueGone(upper.Id));
        Assert.Equal(lower.Id, directory.Snapshot.FindQueueIgnoringCase(directory.Root, "ORDERS")!.Id);
        directory.News(lower.Group, new DirectoryCommand.QueueGone(lower.Id));
        Assert.Null(directory.Snapshot.FindQueueIgnoringCase(directory.Root, "ORDERS"));
    }

    [Fact]
    public void A_local_queue_of_a_node_that_is_gone_is_refused()
    {
        TestDirectory directory = TestDirectory.Started();
        directory.Ok(new DirectoryCommand.NodeGone(Node1));

        directory.Refused(Reply.Gone, new DirectoryCommand.DeclareQueue(
            directory.Root, Declaration("q", durable: false), Connection1));
        directory.Ok(new DirectoryCommand.DeclareQueue(directory.Root, Declaration("q"), Connection1));
    }

    [Fact]
    public void Changing_a_queue_tells_its_group()
    {
        TestDirectory directory = TestDirectory.Started();
        QueueInfo queue = directory.DeclareQueue("q");
        directory.Context.Take();

        directory.Ok(new DirectoryCommand.ChangeQueue(queue.Id, new QueueSettings { MessageTtlMs = 5 }));

        QueueInfo changed = directory.Queue("q");
        Assert.Equal(5, changed.Settings.MessageTtlMs);
        Assert.Equal(queue.CreatedMs, changed.CreatedMs);
        Assert.Equal(TestDirectory.StartMs + directory.Log.Count, changed.ChangedMs);
        Assert.Equal([$"{queue.Group}: change {queue.Id} ttl=5"], directory.Context.Take());
        directory.Refused(
            Reply.QueueNotFound, new DirectoryCommand.ChangeQueue(new QueueId(999), new QueueSettings()));
    }

    [Fact]
    public void A_connection_that_ends_frees_the_names_of_its_queues_at_once()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.DeclareTopic("t", TopicKind.Fanout, autoDelete: true);
        QueueInfo queue = directory.DeclareQueue("mine", exclusive: true);
        directory.DeclareQueue("not-mine", durable: false);
        directory.Bind(topic, queue);
        directory.Context.Take();

        Assert.Equal(1, directory.Ok(new DirectoryCommand.RemoveConnectionQueues(Connection1)));
        Assert.Equal(0, directory.Ok(new DirectoryCommand.RemoveConnectionQueues(Connection1)));
        Assert.Equal(0, directory.Ok(new DirectoryCommand.RemoveConnectionQueues(new ConnectionKey(Node1, 0))));

        Assert.Equal([$"-1: remove {queue.Id}"], directory.Context.Take());
        Assert.Equal(QueueState.Gone, directory.Snapshot.StateOf(queue.Id));
        Assert.Equal("mine", directory.Snapshot.FindQueue(queue.Id)!.Name);
        Assert.Null(directory.Snapshot.FindTopic(topic.Id));
        Assert.Equal(["not-mine"], directory.Snapshot.ListQueues(directory.Root).Select(listed => listed.Name));
        directory.Refused(Reply.QueueNotFound, new DirectoryCommand.Bind(Binding(directory.Topic("amq.fanout"), queue)));

        QueueInfo successor = directory.DeclareQueue("mine", exclusive: true, declarer: Connection2);
        directory.News(queue.Group, new DirectoryCommand.QueueReady(queue.Id));
        directory.News(queue.Group, new DirectoryCommand.QueueGone(queue.Id));
        directory.News(queue.Group, new DirectoryCommand.QueueGone(queue.Id));

        Assert.Null(directory.Snapshot.FindQueue(queue.Id));
        Assert.Equal(successor.Id, directory.Queue("mine").Id);
        Assert.Equal("mine", directory.Route(directory.Topic(""), "mine"));
    }

    [Fact]
    public void News_of_a_queue_that_the_directory_let_go_is_ignored()
    {
        TestDirectory directory = TestDirectory.Started();
        QueueInfo queue = directory.DeclareQueue("q", exclusive: true);
        directory.Ok(new DirectoryCommand.NodeGone(Node1));

        directory.News(queue.Group, new DirectoryCommand.QueueReady(queue.Id));

        Assert.Equal(QueueState.Gone, directory.Snapshot.StateOf(queue.Id));
        Assert.Null(directory.Snapshot.FindQueue(directory.Root, "q"));
    }

    [Fact]
    public void Queues_are_listed_in_ordinal_order()
    {
        TestDirectory directory = TestDirectory.Started();
        foreach (string name in (string[])["b", "a", "B", "ä", "a-1", "Z"])
            directory.DeclareQueue(name);

        Assert.Equal(
            ["B", "Z", "a", "a-1", "b", "ä"],
            directory.Snapshot.ListQueues(directory.Root).Select(queue => queue.Name));
    }

    [Fact]
    public void A_snapshot_stays_as_it_was()
    {
        TestDirectory directory = TestDirectory.Started();
        QueueInfo queue = directory.DeclareQueue("q");
        DirectorySnapshot before = directory.Snapshot;
        Assert.Same(before, directory.Snapshot);

        directory.News(queue.Group, new DirectoryCommand.QueueGone(queue.Id));

        var targets = new List<QueueInfo>();
        before.Route(directory.Topic(""), "q", null, null, null, targets);
        Assert.Single(targets);
        Assert.Equal("", directory.Route(directory.Topic(""), "q"));
        Assert.Equal(before.AppliedIndex + 1, directory.Snapshot.AppliedIndex);
    }
}
