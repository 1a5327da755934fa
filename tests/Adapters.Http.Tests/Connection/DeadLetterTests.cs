using System.Text.Json;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>The attribute deadLetterPolicy (spec section 6.6).</summary>
public sealed class DeadLetterTests : IAsyncLifetime
{
    private const string OutOfRange = "(10350)parameter deadLetterPolicy value or length is out of range";

    private ServedBroker _served = null!;

    public async Task InitializeAsync()
    {
        _served = await ServedBroker.StartAsync();
        await CreateAsync("dead");
    }

    public async Task DisposeAsync() => await _served.DisposeAsync();

    [Fact]
    public async Task Too_many_receives_send_to_a_queue_by_its_name_as_written()
    {
        await CreateAsync("q", ByCount("DEAD"));

        QueueSettings settings = Settings("q");
        Assert.Equal(new DeadLetterTarget("", "dead"), settings.DeadLetter);
        Assert.Equal(5, settings.MaxDeliveries);
        Assert.Null(settings.DeadLetterAfterMs);
    }

    [Fact]
    public async Task A_new_policy_replaces_the_old_one_and_an_empty_one_removes_it()
    {
        await CreateAsync("q", ByCount("dead"));

        await SetAsync("q", """{"deadLetterQueue":"dead","policy":1,"maxTimeToLive":300}""");
        Assert.Equal((null, 300_000L), (Settings("q").MaxDeliveries, Settings("q").DeadLetterAfterMs!.Value));

        await SetAsync("q", "{}");
        Assert.Equal((null, null, null), (
            Settings("q").DeadLetter, Settings("q").MaxDeliveries, Settings("q").DeadLetterAfterMs));
    }

    [Fact]
    public async Task The_dead_letter_queue_must_exist()
    {
        JsonElement answer = await CreateAsync("q", ByCount("missing"));

        Assert.Equal("(10100)queue is not existed, or deleted", answer.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Policies_do_not_nest_in_either_direction()
    {
        await CreateAsync("q", ByCount("dead"));

        Assert.Equal(OutOfRange, Message(await CreateAsync("r", ByCount("q"))));
        await CreateAsync("other");
        Assert.Equal(OutOfRange, Message(await SetAsync("dead", ByCount("other"))));
        Assert.Equal(OutOfRange, Message(await SetAsync("other", ByCount("other"))));
        Assert.Null(Settings("dead").DeadLetter);
    }

    [Fact]
    public async Task Six_queues_may_share_a_dead_letter_queue()
    {
        for (int i = 1; i <= 6; i++)
            Assert.Equal("", Message(await CreateAsync($"q{i}", ByCount("dead"))));

        Assert.Equal(OutOfRange, Message(await CreateAsync("q7", ByCount("dead"))));
        Assert.Equal("", Message(await SetAsync("q1", ByCount("dead"))));
    }

    [Fact]
    public async Task A_time_to_live_must_be_below_the_retention()
    {
        JsonElement answer = await _served.CallAsync(
            "CreateQueue",
            ("queueName", "q"),
            ("msgRetentionSeconds", "300"),
            ("deadLetterPolicy", """{"deadLetterQueue":"dead","policy":1,"maxTimeToLive":300}"""));

        Assert.Equal("(10350)parameter maxTimeToLive value or length is out of range", Message(answer));
    }

    [Fact]
    public async Task It_takes_the_right_to_write_to_the_dead_letter_queue()
    {
        _served.Broker.User.Denied.Add((Access.Write, "dead"));

        Assert.Equal("(10461)no cam authentication", Message(await CreateAsync("q", ByCount("dead"))));
    }

    private static string ByCount(string queue) =>
        $$"""{"deadLetterQueue":"{{queue}}","policy":0,"maxReceiveCount":5}""";

    private static string Message(JsonElement answer) => answer.GetProperty("message").GetString()!;

    private QueueSettings Settings(string name) =>
        _served.Broker.Queues.Single(q => q.Info.Name == name).Info.Settings;

    private Task<JsonElement> CreateAsync(string name, string policy = "") =>
        _served.CallAsync("CreateQueue", ("queueName", name), ("deadLetterPolicy", policy));

    private Task<JsonElement> SetAsync(string name, string policy) =>
        _served.CallAsync("SetQueueAttributes", ("queueName", name), ("deadLetterPolicy", policy));
}
