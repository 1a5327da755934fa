using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

/// <summary>RabbitMQ's routing rules.</summary>
public sealed class RouteTests
{
    private readonly TestDirectory _directory = TestDirectory.Started();

    [Fact]
    public void The_default_topic_routes_by_queue_name()
    {
        _directory.DeclareQueue("q");

        Assert.Equal("q", _directory.Route(_directory.Topic(""), "q"));
        Assert.Equal("", _directory.Route(_directory.Topic(""), "Q"));
        Assert.Equal("", _directory.Route(_directory.Topic(""), new string('x', 10_000)));
    }

    [Fact]
    public void Direct_asks_for_the_exact_key_and_fanout_for_none()
    {
        TopicInfo direct = _directory.Topic("amq.direct");
        TopicInfo fanout = _directory.Topic("amq.fanout");
        QueueInfo q1 = _directory.DeclareQueue("q1");
        QueueInfo q2 = _directory.DeclareQueue("q2");
        _directory.Bind(direct, q1, "a");
        _directory.Bind(direct, q2, "a.*");
        _directory.Bind(fanout, q1, "a");
        _directory.Bind(fanout, q2, "b");

        Assert.Equal("q1", _directory.Route(direct, "a"));
        Assert.Equal("", _directory.Route(direct, "a.b"));
        Assert.Equal("q2", _directory.Route(direct, "a.*"));
        Assert.Equal("q1 q2", _directory.Route(fanout, "whatever"));
    }

    [Fact]
    public void A_queue_gets_one_copy_however_many_bindings_match()
    {
        TopicInfo direct = _directory.Topic("amq.direct");
        TopicInfo pattern = _directory.Topic("amq.topic");
        var names = new List<string>();
        for (int i = 0; i < 40; i++)
        {
            QueueInfo queue = _directory.DeclareQueue($"q{i:00}");
            names.Add(queue.Name);
            _directory.Bind(direct, queue, "k", "1");
            _directory.Bind(direct, queue, "k", "2");
            foreach (string key in (string[])["#", "a.#", "a.b", "*.b", "#.b"])
                _directory.Bind(pattern, queue, key);
        }

        Assert.Equal(string.Join(' ', names), _directory.Route(direct, "k"));
        Assert.Equal(string.Join(' ', names), _directory.Route(pattern, "a.b"));
    }

    [Theory]
    [InlineData("a.*", "a.b", true)]
    [InlineData("a.*", "a", false)]
    [InlineData("a.*", "a.", true)]
    [InlineData("a.*.b", "a..b", true)]
    [InlineData("a.#", "a", true)]
    [InlineData("a.#.c", "a.c", true)]
    [InlineData("a.#.c", "a.b.b.c", true)]
    [InlineData("a.#.c", "a.b.b", false)]
    [InlineData("#", "", true)]
    [InlineData("*", "", false)]
    [InlineData("", "", true)]
    [InlineData("#.#", "", true)]
    [InlineData("*.#", "a", true)]
    [InlineData("#.*", "a.b", true)]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.b", "a.B", false)]
    [InlineData("a*", "ab", false)]
    [InlineData("*.*", "*.#", true)]
    [InlineData("..", "..", true)]
    [InlineData("*.*.*", "..", true)]
    public void Patterns_match_by_levels(string pattern, string key, bool matches)
    {
        _directory.Bind(_directory.Topic("amq.topic"), _directory.DeclareQueue("q"), pattern);

        Assert.Equal(matches ? "q" : "", _directory.Route(_directory.Topic("amq.topic"), key));
    }

    [Fact]
    public void Hostile_patterns_cost_no_exponential_time()
    {
        TopicInfo topic = _directory.Topic("amq.topic");
        string pattern = string.Concat(Enumerable.Repeat("#.a.", 63)) + "x";
        _directory.Bind(topic, _directory.DeclareQueue("q"), pattern);

        Assert.Equal("", _directory.Route(topic, string.Join('.', Enumerable.Repeat("a", 127)) + ".b"));
        Assert.Equal("q", _directory.Route(topic, string.Join('.', Enumerable.Repeat("a", 127)) + ".x"));
    }

    [Fact]
    public void An_unbound_pattern_matches_no_more_and_leaves_the_others()
    {
        TopicInfo topic = _directory.Topic("amq.topic");
        QueueInfo queue = _directory.DeclareQueue("q");
        string[] patterns = ["a.*", "a.#", "a.*.c", "#", "*", "*.b.#"];
        foreach (string pattern in patterns)
            _directory.Bind(topic, queue, pattern);
        foreach (string pattern in patterns)
        {
            Assert.Equal("q", _directory.Route(topic, pattern.Replace("#", "c").Replace('*', 'a')));
            _directory.Ok(new DirectoryCommand.Unbind(TestDirectory.Binding(topic, queue, pattern)));
        }
        Assert.Equal("", _directory.Route(topic, "a.b"));
        Assert.True(_directory.Snapshot.State.Topics.Find(topic.Id.Value)!.Patterns.IsEmpty);
    }

    [Fact]
    public void Further_keys_route_like_the_first()
    {
        foreach (string name in (string[])["q1", "q2", "q3"])
            _directory.DeclareQueue(name);
        var targets = new List<QueueInfo> { _directory.Queue("q3") };

        _directory.Snapshot.Route(_directory.Topic(""), "q1", ["q2", "q1", "none"], ["q2"], null, targets);
        Assert.Equal(["q1", "q2"], targets.Select(queue => queue.Name));

        _directory.Snapshot.Route(_directory.Topic(""), "none", null, ["q3"], null, targets);
        Assert.Equal(["q3"], targets.Select(queue => queue.Name));
    }

    [Fact]
    public void Headers_match_all_or_any_by_value()
    {
        TopicInfo topic = _directory.Topic("amq.headers");
        Bind("all", new HeaderMatch(All: true, [Number("a", 5), Text("b", "x")]));
        Bind("any", new HeaderMatch(All: false, [Number("a", 5), Text("b", "x")]));
        Bind("all-none", new HeaderMatch(All: true, []));
        Bind("any-none", new HeaderMatch(All: false, []));
        Bind("present", new HeaderMatch(All: true, [new("a", HeaderValue.Void)]));

        Assert.Equal("all-none", _directory.Route(topic, ""));
        Assert.Equal("all all-none any present", Route(Number("a", 5), Text("b", "x")));
        Assert.Equal("all-none any present", Route(Number("a", 5)));
        Assert.Equal("all-none present", Route(Text("a", "5")));
        Assert.Equal("all-none any", Route(Text("b", "x")));
        Assert.Equal("all-none", Route(Number("c", 1)));

        void Bind(string name, HeaderMatch match) =>
            _directory.BindMatch(topic, _directory.DeclareQueue(name), match, name);

        string Route(params KeyValuePair<string, HeaderValue>[] headers) =>
            _directory.Route(topic, "", new TestHeaders([.. headers.Select(header => (header.Key, header.Value))]));

        static KeyValuePair<string, HeaderValue> Number(string name, long value) =>
            new(name, new HeaderValue(HeaderValueKind.Integer, value, ""));

        static KeyValuePair<string, HeaderValue> Text(string name, string value) =>
            new(name, new HeaderValue(HeaderValueKind.Bytes, 0, value));
    }

    [Fact]
    public void Numbers_of_headers_match_by_value_whatever_their_kind()
    {
        HeaderValue one = new(HeaderValueKind.Integer, 1, "");
        HeaderValue real = new(HeaderValueKind.Float, BitConverter.DoubleToInt64Bits(1.0), "");
        HeaderValue time = new(HeaderValueKind.Timestamp, 1, "");
        HeaderValue half = new(HeaderValueKind.Float, BitConverter.DoubleToInt64Bits(0.5), "");
        HeaderValue yes = new(HeaderValueKind.Boolean, 1, "");
        HeaderValue large = new(HeaderValueKind.Integer, long.MaxValue, "");
        HeaderValue rounded = new(HeaderValueKind.Float, BitConverter.DoubleToInt64Bits(long.MaxValue), "");
        foreach (HeaderValue left in (HeaderValue[])[one, real, time])
        {
            Assert.All([one, real, time], right => Assert.True(left.Matches(right)));
            Assert.All([half, yes, HeaderValue.Void], right => Assert.False(left.Matches(right)));
        }
        Assert.False(large.Matches(rounded));
    }

    [Fact]
    public void Topics_bound_to_topics_are_visited_once_in_circles_too()
    {
        TopicInfo a = _directory.DeclareTopic("a", TopicKind.Direct);
        TopicInfo b = _directory.DeclareTopic("b", TopicKind.Pattern);
        TopicInfo c = _directory.DeclareTopic("c", TopicKind.Fanout);
        _directory.Bind(a, b, "k.x");
        _directory.Bind(b, c, "k.#");
        _directory.Bind(c, a);
        _directory.Bind(c, c);
        _directory.Bind(a, _directory.DeclareQueue("qa"), "k.x");
        _directory.Bind(b, _directory.DeclareQueue("qb"), "*.x");
        _directory.Bind(c, _directory.DeclareQueue("qc"));

        Assert.Equal("qa qb qc", _directory.Route(a, "k.x"));
        Assert.Equal("qa qb qc", _directory.Route(b, "k.x"));
        Assert.Equal("qc", _directory.Route(b, "k.y"));
        Assert.Equal("", _directory.Route(a, "k.y"));
    }

    /// <summary>Counted by the headers that are looked at: queues alone would hide a second visit.</summary>
    [Fact]
    public void A_topic_that_is_reached_in_several_ways_is_looked_at_once()
    {
        TopicInfo start = _directory.DeclareTopic("start", TopicKind.Fanout);
        TopicInfo left = _directory.DeclareTopic("left", TopicKind.Fanout);
        TopicInfo right = _directory.DeclareTopic("right", TopicKind.Fanout);
        TopicInfo headers = _directory.DeclareTopic("headers", TopicKind.Headers);
        _directory.Bind(start, left);
        _directory.Bind(start, right);
        _directory.Bind(left, headers);
        _directory.Bind(right, headers);
        var match = new HeaderMatch(All: true, [new("a", HeaderValue.Void)]);
        _directory.BindMatch(headers, _directory.DeclareQueue("q"), match, "1");
        var message = new TestHeaders(("a", HeaderValue.Void));

        Assert.Equal("q", _directory.Route(start, "", message));
        Assert.Equal(1, message.Asked);
    }

    [Fact]
    public void The_usual_path_allocates_nothing()
    {
        TopicInfo direct = _directory.Topic("amq.direct");
        TopicInfo pattern = _directory.Topic("amq.topic");
        QueueInfo queue = _directory.DeclareQueue("q");
        _directory.Bind(direct, queue, "k");
        _directory.Bind(pattern, queue, "*.#");
        DirectorySnapshot snapshot = _directory.Snapshot;
        TopicInfo nameless = _directory.Topic("");
        var targets = new List<QueueInfo>(4);
        RouteAll(100);

        long before = GC.GetAllocatedBytesForCurrentThread();
        RouteAll(1_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Single(targets);
        Assert.Equal(0, allocated);

        void RouteAll(int times)
        {
            for (int i = 0; i < times; i++)
            {
                snapshot.Route(nameless, "q", null, null, null, targets);
                snapshot.Route(direct, "k", null, null, null, targets);
                snapshot.Route(pattern, "k.x", null, null, null, targets);
            }
        }
    }
}
