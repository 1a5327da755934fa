using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>Spec section 6.3.</summary>
public sealed class LongPollTests
{
    [Fact]
    public async Task A_waiting_receive_gets_the_message_that_comes()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q");

        Task<JsonElement> receive =
            served.CallAsync("ReceiveMessage", ("queueName", "q"), ("pollingWaitSeconds", "30"));
        await served.Broker.PollStarted();
        Assert.Equal(1, served.Endpoint.WaitingReceives);
        await served.CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"));

        Assert.Equal("x", (await receive).GetProperty("msgBody").GetString());
        Assert.Equal(0, served.Endpoint.WaitingReceives);
    }

    [Fact]
    public async Task A_wait_without_a_message_ends_with_no_message()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q", new QueueSettings { PollingWaitMs = 20_000 });

        Task<JsonElement> receive = served.CallAsync("ReceiveMessage", ("queueName", "q"));
        await served.Broker.PollStarted();
        served.Broker.WakeWaits();

        Assert.Equal("(10200)no message", (await receive).GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("0", "30")]
    [InlineData("", "3000")]
    public async Task The_requests_wait_goes_before_the_queues_and_the_clients_own_timeout_is_ignored(
        string wait, string userWait)
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q", new QueueSettings { PollingWaitMs = wait.Length == 0 ? 0 : 20_000 });

        JsonElement answer = await served.CallAsync(
            "ReceiveMessage",
            ("queueName", "q"),
            ("pollingWaitSeconds", wait),
            ("UserpollingWaitSeconds", userWait));

        Assert.Equal(7000, answer.GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Waits_beyond_the_limit_are_told_to_slow_down_and_others_go_on()
    {
        await using ServedBroker served =
            await ServedBroker.StartAsync(new HttpOptions { MaxConcurrentPolls = 1 });
        served.Broker.Add("q");
        Task<JsonElement> first =
            served.CallAsync("ReceiveMessage", ("queueName", "q"), ("pollingWaitSeconds", "30"));
        await served.Broker.PollStarted();

        JsonElement second = await served.CallAsync(
            "BatchReceiveMessage", ("queueName", "q"), ("numOfMsg", "1"), ("pollingWaitSeconds", "30"));
        JsonElement atOnce = await served.CallAsync("ReceiveMessage", ("queueName", "q"));

        Assert.Equal(4480, second.GetProperty("code").GetInt32());
        Assert.Equal(7000, atOnce.GetProperty("code").GetInt32());
        served.Broker.WakeWaits();
        Assert.Equal(7000, (await first).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_client_that_goes_away_gives_up_its_place()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q");
        string request = served.Post(served.SignedForm(
            "POST",
            served.Host,
            "/",
            "ReceiveMessage",
            ("queueName", "q"),
            ("pollingWaitSeconds", "30")), "/");

        using (TcpClient client = await served.ConnectAsync())
        {
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
            await served.Broker.PollStarted();
        }

        await served.Broker.GaveUp.Task;
        JsonElement sent = await served.CallAsync("SendMessage", ("queueName", "q"), ("msgBody", "x"));
        Assert.Equal(0, sent.GetProperty("code").GetInt32());
        Assert.Equal(0, served.Broker.Queues.Single().Messages.Single().Count);
    }

    [Fact]
    public async Task A_listener_that_stops_ends_its_waits_and_takes_no_more_requests()
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        served.Broker.Add("q");
        Task<JsonElement> receive =
            served.CallAsync("ReceiveMessage", ("queueName", "q"), ("pollingWaitSeconds", "30"));
        await served.Broker.PollStarted();

        served.Endpoint.Stop();

        Assert.Equal(6000, (await receive).GetProperty("code").GetInt32());
        Assert.Equal(6000, (await served.CallAsync("ListQueue")).GetProperty("code").GetInt32());
    }
}
