using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.Metadata.TestDirectory;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

public sealed class DirectoryTopologyTests
{
    [Fact]
    public void Declaring_a_topic_again_gives_the_present_one()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.DeclareTopic("t", TopicKind.Direct);

        var again = directory.Apply(new DirectoryCommand.DeclareTopic(
            directory.Root, new TopicDeclaration("t", TopicKind.Fanout, true, false, false, default)));

        Assert.Equal((Reply.AlreadyExists, topic.Id.Value), (again.Reply, again.Value));
        Assert.Equal(TopicKind.Direct, directory.Topic("t").Kind);
    }

    [Theory]
    [InlineData(255, Reply.Ok)]
    [InlineData(256, Reply.BadName)]
    public void A_topic_name_has_at_most_255_bytes_of_UTF8(int bytes, Reply expected)
    {
        TestDirectory directory = TestDirectory.Started();
        string name = new string('é', bytes / 2) + new string('a', bytes % 2);
        Assert.Equal(bytes, Encoding.UTF8.GetByteCount(name));

        directory.Refused(expected, new DirectoryCommand.DeclareTopic(
            directory.Root, new TopicDeclaration(name, TopicKind.Direct, true, false, false, default)));
        directory.Refused(expected, new DirectoryCommand.DeclareQueue(
            directory.Root, Declaration(name), Connection1));
    }

    [Fact]
    public void Nameless_and_default_topics_cannot_be_declared()
    {
        TestDirectory directory = TestDirectory.Started();

        Assert.Equal(Reply.AlreadyExists, directory.Apply(new DirectoryCommand.DeclareTopic(
            directory.Root, new TopicDeclaration("", TopicKind.Direct, true, false, false, default))).Reply);
        directory.Refused(Reply.NotAllowed, new DirectoryCommand.DeclareTopic(
            directory.Root, new TopicDeclaration("x", TopicKind.Default, true, false, false, default)));
        directory.Refused(Reply.NamespaceNotFound, new DirectoryCommand.DeclareTopic(
            new NamespaceId(999), new TopicDeclaration("x", TopicKind.Direct, true, false, false, default)));
        directory.Refused(Reply.BadName, new DirectoryCommand.DeclareQueue(
            directory.Root, Declaration(""), Connection1));
    }

    [Fact]
    public void A_system_topic_cannot_be_deleted()
    {
        TestDirectory directory = TestDirectory.Started();

        foreach (TopicInfo topic in directory.Snapshot.ListTopics(directory.Root))
            directory.Refused(Reply.NotAllowed, new DirectoryCommand.DeleteTopic(topic.Id, IfUnused: false));
    }

    [Fact]
    public void The_arguments_of_a_topic_change_and_its_bindings_stay()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.DeclareTopic("t", TopicKind.Pattern);
        QueueInfo queue = directory.DeclareQueue("q");
        directory.Bind(topic, queue, "a.*");

        directory.Ok(new DirectoryCommand.ChangeTopic(topic.Id, new byte[] { 1, 2 }));

        Assert.Equal(new byte[] { 1, 2 }, directory.Snapshot.FindTopic(topic.Id)!.Arguments.ToArray());
        Assert.Equal(new byte[] { 1, 2 }, directory.Snapshot.FindTopic(directory.Root, "t")!.Arguments.ToArray());
        Assert.Equal("q", directory.Route(topic, "a.b"));
        directory.Refused(Reply.TopicNotFound, new DirectoryCommand.ChangeTopic(new TopicId(9_999), default));
        directory.Refused(Reply.NotAllowed, new DirectoryCommand.ChangeTopic(directory.Topic("amq.topic").Id, default));
        directory.Refused(
            Reply.LimitReached,
            new DirectoryCommand.ChangeTopic(topic.Id, new byte[directory.Snapshot.Limits.MaxArgumentBytes + 1]));
    }

    [Fact]
    public void A_topic_in_use_is_deleted_only_unconditionally_and_deleting_none_is_fine()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.DeclareTopic("t", TopicKind.Direct);
        QueueInfo queue = directory.DeclareQueue("q");
        directory.Bind(topic, queue, "k");

        directory.Refused(Reply.InUse, new DirectoryCommand.DeleteTopic(topic.Id, IfUnused: true));
        directory.Ok(new DirectoryCommand.DeleteTopic(topic.Id, IfUnused: false));
        directory.Ok(new DirectoryCommand.DeleteTopic(topic.Id, IfUnused: true));

        Assert.Null(directory.Snapshot.FindTopic(directory.Root, "t"));
        Assert.Empty(directory.Snapshot.ListBindingsTo(queue.Id));
        Assert.Equal("", directory.Route(topic, "k"));
    }

    [Fact]
    public void Bindings_are_unique_by_source_target_key_and_arguments()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.Topic("amq.direct");
        QueueInfo queue = directory.DeclareQueue("q");

        directory.Bind(topic, queue, "b");
        directory.Bind(topic, queue, "b");
        directory.Bind(topic, queue, "b", "x");
        directory.Bind(topic, queue, "a");
        Assert.Equal(["a:", "b:", "b:x"], Listed());

        directory.Ok(new DirectoryCommand.Unbind(Binding(topic, queue, "b")));
        directory.Ok(new DirectoryCommand.Unbind(Binding(topic, queue, "b")));
        directory.Ok(new DirectoryCommand.Unbind(Binding(topic with { Id = new TopicId(999) }, queue, "b")));
        Assert.Equal(["a:", "b:x"], Listed());
        Assert.Equal(2, directory.Snapshot.BindingCount);

        IEnumerable<string> Listed() => directory.Snapshot.ListBindings(topic.Id)
            .Select(binding => $"{binding.Key}:{Encoding.UTF8.GetString(binding.Arguments.Span)}");
    }

    [Fact]
    public void Binding_asks_for_both_ends_in_one_namespace_and_not_the_default_topic()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.Topic("amq.direct");
        QueueInfo queue = directory.DeclareQueue("q");
        var elsewhere = new NamespaceId(directory.Ok(new DirectoryCommand.PutNamespace("elsewhere")));
        TopicInfo foreign = directory.Snapshot.FindTopic(elsewhere, "amq.direct")!;

        Refuse(Reply.TopicNotFound, Binding(topic with { Id = new TopicId(999) }, queue));
        Refuse(Reply.QueueNotFound, Binding(topic, queue with { Id = new QueueId(999) }));
        Refuse(Reply.TopicNotFound, Binding(topic, topic with { Id = new TopicId(999) }));
        Refuse(Reply.NotAllowed, Binding(directory.Topic(""), queue));
        Refuse(Reply.NotAllowed, Binding(topic, directory.Topic("")));
        Refuse(Reply.NotAllowed, Binding(foreign, queue));
        Refuse(Reply.NotAllowed, Binding(topic, foreign));
        Refuse(Reply.BadName, Binding(topic, queue, new string('k', 256)));

        void Refuse(Reply expected, BindingInfo binding) =>
            directory.Refused(expected, new DirectoryCommand.Bind(binding));
    }

    [Fact]
    public void An_auto_delete_topic_goes_with_its_last_binding_but_not_before_it_had_one()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.DeclareTopic("t", TopicKind.Direct, autoDelete: true);
        QueueInfo queue = directory.DeclareQueue("q");
        directory.Ok(new DirectoryCommand.Unbind(Binding(topic, queue, "a")));
        directory.Bind(topic, queue, "a");
        directory.Bind(topic, queue, "b");

        directory.Ok(new DirectoryCommand.Unbind(Binding(topic, queue, "a")));
        Assert.NotNull(directory.Snapshot.FindTopic(topic.Id));

        directory.Ok(new DirectoryCommand.Unbind(Binding(topic, queue, "b")));
        Assert.Null(directory.Snapshot.FindTopic(topic.Id));
        Assert.Null(directory.Snapshot.FindTopic(directory.Root, "t"));
    }

    [Fact]
    public void Deleting_a_queue_cascades_along_a_long_chain_of_auto_delete_topics()
    {
        TestDirectory directory = TestDirectory.Started();
        QueueInfo queue = directory.DeclareQueue("q");
        var chain = new List<TopicInfo>();
        for (int i = 0; i < 2_000; i++)
        {
            chain.Add(directory.DeclareTopic($"t{i}", TopicKind.Fanout, autoDelete: true));
            if (i == 0)
                directory.Bind(chain[0], queue);
            else
                directory.Bind(chain[i], chain[i - 1]);
        }
        TopicInfo keeper = directory.DeclareTopic("keeper", TopicKind.Fanout);
        directory.Bind(keeper, chain[^1]);
        Assert.Equal("q", directory.Route(keeper, ""));

        directory.News(queue.Group, new DirectoryCommand.QueueGone(queue.Id));

        Assert.All(chain, topic => Assert.Null(directory.Snapshot.FindTopic(topic.Id)));
        Assert.NotNull(directory.Snapshot.FindTopic(keeper.Id));
        Assert.Equal(0, directory.Snapshot.BindingCount);
        Assert.Empty(directory.Snapshot.ListBindings(keeper.Id));
    }

    [Fact]
    public void Auto_delete_topics_in_a_circle_with_self_bindings_go_together()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo a = directory.DeclareTopic("a", TopicKind.Fanout, autoDelete: true);
        TopicInfo b = directory.DeclareTopic("b", TopicKind.Fanout, autoDelete: true);
        directory.Bind(a, b);
        directory.Bind(b, a);
        directory.Bind(a, a);
        directory.Bind(a, directory.DeclareQueue("q"));

        directory.Ok(new DirectoryCommand.DeleteTopic(a.Id, IfUnused: false));

        Assert.Null(directory.Snapshot.FindTopic(a.Id));
        Assert.Null(directory.Snapshot.FindTopic(b.Id));
        Assert.Equal(0, directory.Snapshot.BindingCount);
    }

    [Fact]
    public void Many_bindings_with_one_key_come_and_go()
    {
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.Topic("amq.direct");
        var queues = Enumerable.Range(0, 60).Select(i => directory.DeclareQueue($"q{i:00}")).ToList();
        foreach (QueueInfo queue in queues)
            directory.Bind(topic, queue, "k");

        for (int left = queues.Count; left > 0; left--)
        {
            Assert.Equal(
                string.Join(' ', queues.TakeLast(left).Select(queue => queue.Name)), directory.Route(topic, "k"));
            directory.Ok(new DirectoryCommand.Unbind(Binding(topic, queues[^left], "k")));
        }
        Assert.Equal("", directory.Route(topic, "k"));
    }

    [Fact]
    public void Deleting_a_namespace_ends_all_that_is_in_it()
    {
        TestDirectory directory = TestDirectory.Started();
        var ns = new NamespaceId(directory.Ok(new DirectoryCommand.PutNamespace("ns")));
        long queue = directory.Ok(new DirectoryCommand.DeclareQueue(ns, Declaration("q"), Connection1));
        directory.Ok(new DirectoryCommand.SetPermissions("guest", ns, ".*", ".*", ".*"));
        directory.Ok(new DirectoryCommand.PutAccessKey(
            new AccessKeyRecord("key2", new byte[] { 9 }, "guest", ns, Enabled: true)));
        TopicInfo topic = directory.Snapshot.FindTopic(ns, "amq.topic")!;
        QueueInfo info = directory.Snapshot.FindQueue(new QueueId(queue))!;
        directory.Bind(topic, info, "#");
        directory.Context.Take();

        directory.Ok(new DirectoryCommand.DeleteNamespace(ns));
        directory.Ok(new DirectoryCommand.DeleteNamespace(ns));

        Assert.Equal([$"{info.Group}: remove {queue}"], directory.Context.Take());
        Assert.Null(directory.Snapshot.FindNamespace("ns"));
        Assert.Null(directory.Snapshot.FindTopic(topic.Id));
        Assert.Null(directory.Snapshot.FindAccessKey("key2"));
        Assert.DoesNotContain(ns.Value, directory.Snapshot.FindUser("guest")!.Permissions.Keys);
        Assert.Equal(0, directory.Snapshot.BindingCount);
        Assert.Equal(QueueState.Gone, directory.Snapshot.StateOf(info.Id));
        directory.News(info.Group, new DirectoryCommand.QueueGone(info.Id));
        Assert.Null(directory.Snapshot.FindQueue(info.Id));
    }

    [Fact]
    public void Numbers_are_never_given_twice()
    {
        TestDirectory directory = TestDirectory.Started();
        var seen = new HashSet<long> { directory.Root.Value };
        seen.UnionWith(directory.Snapshot.ListTopics(directory.Root).Select(topic => topic.Id.Value));
        Assert.Equal(8, seen.Count);

        for (int i = 0; i < 5; i++)
        {
            TopicInfo topic = directory.DeclareTopic("t", TopicKind.Direct);
            QueueInfo queue = directory.DeclareQueue("q");
            Assert.True(seen.Add(topic.Id.Value));
            Assert.True(seen.Add(queue.Id.Value));
            Assert.True(seen.Add(directory.Ok(new DirectoryCommand.PutNamespace($"ns{i}"))));
            directory.Ok(new DirectoryCommand.DeleteTopic(topic.Id, IfUnused: false));
            directory.News(queue.Group, new DirectoryCommand.QueueGone(queue.Id));
            directory.Machine.ReadState(new System.Buffers.ReadOnlySequence<byte>(directory.StateBytes));
        }
    }

    [Fact]
    public void Every_number_of_things_has_its_limit()
    {
        TestDirectory directory = TestDirectory.Started(new DirectoryLimits
        {
            MaxNamespaces = 1,
            MaxTopics = 8,
            MaxQueues = 1,
            MaxBindings = 1,
            MaxArgumentBytes = 4,
            MaxUsers = 1,
            MaxAccessKeys = 1,
            MaxOutboxBytes = 100,
        });
        TopicInfo topic = directory.DeclareTopic("t", TopicKind.Direct);
        QueueInfo queue = directory.DeclareQueue("q");
        directory.Bind(topic, queue, "k");
        Reply limit = Reply.LimitReached;

        directory.Refused(limit, new DirectoryCommand.PutNamespace("ns"));
        directory.Refused(limit, new DirectoryCommand.DeclareTopic(
            directory.Root, new TopicDeclaration("t2", TopicKind.Direct, true, false, false, default)));
        directory.Refused(limit, new DirectoryCommand.DeclareQueue(directory.Root, Declaration("q2"), Connection1));
        directory.Refused(limit, new DirectoryCommand.Bind(Binding(topic, queue, "k2")));
        directory.Refused(limit, new DirectoryCommand.PutUser("u", Verifier, []));
        directory.Refused(limit, new DirectoryCommand.PutAccessKey(
            new AccessKeyRecord("key2", new byte[1], "guest", directory.Root, true)));
        directory.Bind(topic, queue, "k");
        directory.Ok(new DirectoryCommand.PutUser("guest", Verifier, []));

        directory.News(queue.Group, new DirectoryCommand.QueueGone(queue.Id));
        directory.Refused(limit, new DirectoryCommand.DeclareQueue(
            directory.Root, Declaration("q") with { Arguments = new byte[5] }, Connection1));
        directory.Context.OutboxBytes = 101;
        directory.Refused(limit, new DirectoryCommand.DeclareQueue(directory.Root, Declaration("q"), Connection1));
        directory.Context.OutboxBytes = 100;
        queue = directory.DeclareQueue("q");
        directory.Context.OutboxBytes = 101;
        directory.Refused(limit, new DirectoryCommand.ChangeQueue(queue.Id, new QueueSettings()));
    }
}
