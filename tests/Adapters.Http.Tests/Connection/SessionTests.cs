using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>Many requests share one connection to the core.</summary>
public sealed class SessionTests
{
    [Fact]
    public async Task Requests_of_a_user_share_a_connection_and_call_it_one_at_a_time()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q");

        JsonElement[] sent = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            served.CallAsync("SendMessage", ("queueName", "q"), ("msgBody", $"{i}"))));

        Assert.All(sent, answer => Assert.Equal(0, answer.GetProperty("code").GetInt32()));
        Assert.Equal(50, sent.Select(answer => answer.GetProperty("msgId").GetString()).Distinct().Count());
        Assert.Single(served.Broker.Connections);
    }

    [Fact]
    public async Task When_the_core_ends_a_connection_waits_are_answered_and_the_next_request_gets_another()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q");
        Task<JsonElement> receive =
            served.CallAsync("ReceiveMessage", ("queueName", "q"), ("pollingWaitSeconds", "30"));
        await served.Broker.PollStarted();

        served.Broker.Connections[0].Sink.Closing("the lease is lost");

        Assert.Equal(6000, (await receive).GetProperty("code").GetInt32());
        Assert.Equal(0, (await served.CallAsync("ListQueue")).GetProperty("code").GetInt32());
        Assert.Equal(2, served.Broker.Connections.Count);
        Assert.True(served.Broker.Connections[0].Disposed);
        Assert.False(served.Broker.Connections[1].Disposed);
    }

    [Fact]
    public async Task While_publishing_is_held_back_a_send_is_refused_at_once_and_receives_go_on()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q");
        await served.CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"));
        IConnectionSink sink = served.Broker.Connections[0].Sink;

        sink.Blocked("no quorum");
        JsonElement refused = await served.CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "y"));
        JsonElement received = await served.CallAsync("ReceiveMessage", ("queueName", "q"));
        sink.Blocked(null);
        JsonElement sent = await served.CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "z"));

        Assert.Equal(6000, refused.GetProperty("code").GetInt32());
        Assert.Equal("x", received.GetProperty("msgBody").GetString());
        Assert.Equal(0, sent.GetProperty("code").GetInt32());
        Assert.Equal(2, served.Broker.Published.Count);
    }

    [Fact]
    public async Task An_unused_connection_makes_room_for_another_user()
    {
        await using ServedBroker served = await ServedBroker.StartAsync(new HttpOptions
        {
            MaxSessions = 1,
            AnonymousSecretId = "AKIDbob",
        });
        served.Broker.Keys["AKIDbob"] =
            new AccessKey("AKIDbob", "k", new FakeIdentity("bob"), FakeBroker.Namespace, true);
        served.Broker.Add("q");

        await served.CallAsync("ListQueue");
        RawAnswer bob = await served.SendAsync(served.Post("Action=ListQueue&appId=1", "/"));

        Assert.Equal(0, bob.Code);
        Assert.True(served.Broker.Connections[0].Disposed);

        Task<RawAnswer> poll = served.SendAsync(served.Post(
            "Action=ReceiveMessage&appId=1&queueName=q&pollingWaitSeconds=30", "/"));
        await served.Broker.PollStarted();
        Assert.Equal(4480, (await served.CallAsync("ListQueue")).GetProperty("code").GetInt32());
        served.Broker.WakeWaits();
        await poll;
    }

    [Fact]
    public async Task A_bug_is_answered_as_a_server_error_and_logged_as_ours()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q");
        served.Broker.Bug = new InvalidOperationException("bug");

        JsonElement answer = await served.CallAsync("ReceiveMessage", ("queueName", "q"));

        Assert.Equal("(10050)server internal error", answer.GetProperty("message").GetString());
        Assert.Contains(served.Log.Entries, e => e is { Level: LogLevel.Error, Id.Id: 2001 });
    }
}
