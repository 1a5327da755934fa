using System.Text.Json;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>Queue management (spec section 4.1).</summary>
public sealed class QueueActionsTests : IAsyncLifetime
{
    private ServedBroker _served = null!;

    public async Task InitializeAsync() => _served = await ServedBroker.StartAsync();

    public async Task DisposeAsync() => await _served.DisposeAsync();

    [Fact]
    public async Task A_created_queue_has_the_documented_defaults()
    {
        JsonElement created = await CallAsync("CreateQueue", ("queueName", "orders"));

        Assert.Equal(0, created.GetProperty("code").GetInt32());
        Assert.Equal("", created.GetProperty("message").GetString());
        Assert.Equal("queue-100", created.GetProperty("queueId").GetString());
        Assert.NotEmpty(created.GetProperty("requestId").GetString()!);
        QueueSettings settings = _served.Broker.Queues.Single().Info.Settings;
        Assert.Equal(100_000_000, settings.MaxMessages);
        Assert.Equal(Overflow.Refuse, settings.Overflow);
        Assert.Equal(30_000, settings.VisibilityTimeoutMs);
        Assert.Equal(0, settings.PollingWaitMs);
        Assert.Equal(65_536, settings.MaxMessageBytes);
        Assert.Equal(345_600_000, settings.RetentionMs);
        Assert.Equal(0, settings.RewindMs);
        Assert.Null(settings.DeadLetter);
    }

    [Fact]
    public async Task All_attributes_come_out_as_they_went_in()
    {
        await CallAsync("CreateQueue", ("queueName", "dead"));
        await CallAsync(
            "CreateQueue",
            ("queueName", "orders"),
            ("maxMsgHeapNum", "2000000"),
            ("pollingWaitSeconds", "7"),
            ("visibilityTimeout", "43200"),
            ("maxMsgSize", "1024"),
            ("msgRetentionSeconds", "3600"),
            ("rewindSeconds", "600"),
            ("deadLetterPolicy", """{"deadLetterQueue":"dead","policy":0,"maxReceiveCount":3}"""));

        JsonElement shown = await CallAsync("GetQueueAttributes", ("queueName", "orders"));

        Assert.Equal(2_000_000, shown.GetProperty("maxMsgHeapNum").GetInt64());
        Assert.Equal(7, shown.GetProperty("pollingWaitSeconds").GetInt32());
        Assert.Equal(43_200, shown.GetProperty("visibilityTimeout").GetInt32());
        Assert.Equal(1_024, shown.GetProperty("maxMsgSize").GetInt32());
        Assert.Equal(3_600, shown.GetProperty("msgRetentionSeconds").GetInt32());
        Assert.Equal(600, shown.GetProperty("rewindSeconds").GetInt32());
        Assert.Equal(1_795_227_045, shown.GetProperty("createTime").GetInt64());
        Assert.Equal(1_795_227_045, shown.GetProperty("lastModifyTime").GetInt64());
        Assert.Equal(0, shown.GetProperty("rewindmsgNum").GetInt32());
        JsonElement policy = shown.GetProperty("deadLetterPolicy");
        Assert.Equal("dead", policy.GetProperty("deadLetterQueue").GetString());
        Assert.Equal(0, policy.GetProperty("policy").GetInt32());
        Assert.Equal(3, policy.GetProperty("maxReceiveCount").GetInt32());
    }

    [Fact]
    public async Task Counts_tell_active_inactive_and_delayed_messages_apart()
    {
        _served.Broker.Add("q");
        await CallAsync("BatchSendMessage", ("queueName", "q"), ("msgBody.1", "a"), ("msgBody.2", "b"));
        await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "c"), ("delaySeconds", "60"));
        await CallAsync("ReceiveMessage", ("queueName", "q"));

        JsonElement shown = await CallAsync("GetQueueAttributes", ("queueName", "q"));

        Assert.Equal(1, shown.GetProperty("activeMsgNum").GetInt32());
        Assert.Equal(1, shown.GetProperty("inactiveMsgNum").GetInt32());
        Assert.Equal(1, shown.GetProperty("delayMsgNum").GetInt32());
        Assert.Equal(1_795_227_045, shown.GetProperty("minMsgTime").GetInt64());
    }

    [Fact]
    public async Task Creating_again_fails_also_in_another_case()
    {
        await CallAsync("CreateQueue", ("queueName", "orders"));

        await FailsAsync(4460, "(10210)queue is already existed", "CreateQueue", ("queueName", "Orders"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1abc")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public Task A_bad_name_is_refused(string name) =>
        FailsAsync(4000, "(10020)queue name format error", "CreateQueue", ("queueName", name));

    [Theory]
    [InlineData("maxMsgHeapNum", "999999")]
    [InlineData("maxMsgHeapNum", "1000000001")]
    [InlineData("pollingWaitSeconds", "31")]
    [InlineData("pollingWaitSeconds", "-1")]
    [InlineData("visibilityTimeout", "0")]
    [InlineData("visibilityTimeout", "43201")]
    [InlineData("maxMsgSize", "1023")]
    [InlineData("maxMsgSize", "1048577")]
    [InlineData("msgRetentionSeconds", "59")]
    [InlineData("msgRetentionSeconds", "1296001")]
    [InlineData("rewindSeconds", "345601")]
    [InlineData("rewindSeconds", "99999999999999999999999")]
    public Task An_attribute_out_of_range_is_named(string name, string value) => FailsAsync(
        4000,
        $"(10350)parameter {name} value or length is out of range",
        "CreateQueue",
        ("queueName", "q"),
        (name, value));

    [Fact]
    public Task An_attribute_that_is_no_number_is_named() => FailsAsync(
        4000,
        "(10360)parameter maxMsgSize error type",
        "CreateQueue",
        ("queueName", "q"),
        ("maxMsgSize", "big"));

    [Fact]
    public async Task Setting_attributes_changes_only_what_is_given()
    {
        _served.Broker.Add(
            "q", new QueueSettings { MessageTtlMs = 5, RetentionMs = 60_000, PollingWaitMs = 3_000 });
        _served.Broker.Time.Advance(TimeSpan.FromSeconds(10));

        JsonElement changed =
            await CallAsync("SetQueueAttributes", ("queueName", "q"), ("visibilityTimeout", "5"));

        Assert.Equal("queue-100", changed.GetProperty("queueId").GetString());
        Assert.Equal(5, changed.GetProperty("visibilityTimeout").GetInt32());
        Assert.Equal(
            new QueueSettings
            {
                MessageTtlMs = 5,
                RetentionMs = 60_000,
                PollingWaitMs = 3_000,
                VisibilityTimeoutMs = 5_000,
            },
            _served.Broker.Queues.Single().Info.Settings);
        JsonElement shown = await CallAsync("GetQueueAttributes", ("queueName", "q"));
        Assert.Equal(1_795_227_055, shown.GetProperty("lastModifyTime").GetInt64());
    }

    [Fact]
    public async Task Retention_cannot_be_set_below_the_rewind_window()
    {
        await CallAsync("CreateQueue", ("queueName", "q"), ("rewindSeconds", "600"));

        await FailsAsync(
            4000,
            "(10350)parameter rewindSeconds value or length is out of range",
            "SetQueueAttributes",
            ("queueName", "q"),
            ("msgRetentionSeconds", "60"));
    }

    [Fact]
    public async Task The_list_is_searched_and_paged_and_has_no_foreign_queues()
    {
        foreach (string name in (string[])["b-1", "a-1", "B-2", "c"])
            _served.Broker.Add(name);
        _served.Broker.Add("b-transient", durable: false);
        _served.Broker.Add("b-exclusive", exclusive: true);

        JsonElement all = await CallAsync("ListQueue", ("searchWord", "undefined"), ("limit", "undefined"));
        JsonElement found =
            await CallAsync("ListQueue", ("searchWord", "b-"), ("offset", "1"), ("limit", "1"));
        JsonElement none = await CallAsync("ListQueue", ("searchWord", "nothing"));

        Assert.Equal(["B-2", "a-1", "b-1", "c"], Names(all));
        Assert.Equal(2, found.GetProperty("totalCount").GetInt32());
        Assert.Equal(["b-1"], Names(found));
        Assert.Equal(0, none.GetProperty("totalCount").GetInt32());
        Assert.Empty(Names(none));
        await FailsAsync(
            4000, "(10350)parameter limit value or length is out of range", "ListQueue", ("limit", "51"));
    }

    [Fact]
    public async Task A_deleted_queue_is_gone()
    {
        await CallAsync("CreateQueue", ("queueName", "q"));
        JsonElement deleted = await CallAsync("DeleteQueue", ("queueName", "q"));

        Assert.Equal(0, deleted.GetProperty("code").GetInt32());
        await FailsAsync(4440, "(10100)queue is not existed, or deleted", "DeleteQueue", ("queueName", "q"));
    }

    [Theory]
    [InlineData("GetQueueAttributes")]
    [InlineData("SetQueueAttributes")]
    [InlineData("DeleteQueue")]
    [InlineData("ClearQueue")]
    [InlineData("RewindQueue")]
    [InlineData("SendMessage")]
    [InlineData("ReceiveMessage")]
    [InlineData("BatchReceiveMessage")]
    [InlineData("DeleteMessage")]
    public async Task Queues_of_a_connection_or_a_node_do_not_exist_here(string action)
    {
        _served.Broker.Add("exclusive", exclusive: true);
        _served.Broker.Add("transient", durable: false);

        foreach (string name in (string[])["exclusive", "transient", "missing"])
        {
            await FailsAsync(
                4440,
                "(10100)queue is not existed, or deleted",
                action,
                ("queueName", name),
                ("msgBody", "x"),
                ("receiptHandle", "1"),
                ("numOfMsg", "1"),
                ("startConsumeTime", "1"));
        }
    }

    [Fact]
    public async Task Rewinding_makes_deleted_messages_come_again()
    {
        await CallAsync("CreateQueue", ("queueName", "q"), ("rewindSeconds", "600"));
        await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"));
        string handle =
            (await CallAsync("ReceiveMessage", ("queueName", "q"))).GetProperty("receiptHandle").GetString()!;
        await CallAsync("DeleteMessage", ("queueName", "q"), ("receiptHandle", handle));

        await CallAsync("RewindQueue", ("queueName", "q"), ("startConsumeTime", "1795227000"));

        JsonElement again = await CallAsync("ReceiveMessage", ("queueName", "q"));
        Assert.Equal("x", again.GetProperty("msgBody").GetString());
    }

    [Fact]
    public async Task Rewinding_is_refused_where_it_is_off()
    {
        await CallAsync("CreateQueue", ("queueName", "q"));

        await FailsAsync(
            6050,
            "(10670)your queue cannot be rewinded",
            "RewindQueue",
            ("queueName", "q"),
            ("startConsumeTime", "1"));
        await FailsAsync(
            4000, "(10390)lacked of required parameter startConsumeTime", "RewindQueue", ("queueName", "q"));
    }

    [Fact]
    public async Task Clearing_drops_what_is_ready()
    {
        _served.Broker.Add("q");
        await CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"));

        await CallAsync("ClearQueue", ("queueName", "q"));

        await FailsAsync(7000, "(10200)no message", "ReceiveMessage", ("queueName", "q"));
    }

    [Theory]
    [InlineData("QueryQueueRoute")]
    [InlineData("Nonsense")]
    public Task Actions_that_are_not_there_are_named(string action) =>
        FailsAsync(4000, $"(10430)action name {action} is not existed", action, ("topicName", "t"));

    [Fact]
    public async Task Actions_are_matched_ignoring_case()
    {
        JsonElement answer = await CallAsync("lISTqUEUE");

        Assert.Equal(0, answer.GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData(Access.Configure, "DeleteQueue")]
    [InlineData(Access.Configure, "SetQueueAttributes")]
    [InlineData(Access.Configure, "CreateQueue")]
    [InlineData(Access.Write, "SendMessage")]
    [InlineData(Access.Read, "ReceiveMessage")]
    [InlineData(Access.Read, "DeleteMessage")]
    [InlineData(Access.Read, "ClearQueue")]
    [InlineData(Access.Read, "RewindQueue")]
    [InlineData(Access.Read, "GetQueueAttributes")]
    public async Task Permissions_are_asked_for_the_queue_by_its_real_name(Access access, string action)
    {
        _served.Broker.Add("q");
        _served.Broker.User.Denied.Add((access, "q"));

        await FailsAsync(
            4000,
            "(10461)no cam authentication",
            action,
            ("queueName", action == "CreateQueue" ? "q" : "Q"),
            ("msgBody", "x"),
            ("receiptHandle", "1"),
            ("startConsumeTime", "1"));
    }

    [Fact]
    public async Task A_user_without_the_namespace_is_refused()
    {
        _served.Broker.User.Enters = false;

        await FailsAsync(4000, "(10461)no cam authentication", "ListQueue");
    }

    [Theory]
    [InlineData(Reply.LimitReached, 4450)]
    [InlineData(Reply.TimedOut, 6000)]
    [InlineData(Reply.Unavailable, 6000)]
    public async Task What_the_core_refuses_is_answered_in_the_services_codes(Reply reply, int code)
    {
        _served.Broker.Fault = reply;

        JsonElement answer = await CallAsync("CreateQueue", ("queueName", "q"));

        Assert.Equal(code, answer.GetProperty("code").GetInt32());
    }

    private static IEnumerable<string> Names(JsonElement list) =>
        list.GetProperty("queueList").EnumerateArray().Select(q => q.GetProperty("queueName").GetString()!);

    private Task<JsonElement> CallAsync(string action, params (string Name, string Value)[] parameters) =>
        _served.CallAsync(action, parameters);

    private async Task FailsAsync(
        int code, string message, string action, params (string Name, string Value)[] parameters)
    {
        JsonElement answer = await CallAsync(action, parameters);
        Assert.Equal(code, answer.GetProperty("code").GetInt32());
        Assert.Equal(message, answer.GetProperty("message").GetString());
    }
}
