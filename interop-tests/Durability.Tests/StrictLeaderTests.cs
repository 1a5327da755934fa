using System.Collections.Concurrent;
using System.Globalization;
using Cmq.MultiProtocol.Interop.Durability.Clients;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "Several nodes": a check-out belongs to the queue, not to the queue's leader.</summary>
public sealed class StrictLeaderTests
{
    private const string Queue = "strict";

    /// <summary>Seconds; long enough for an election on a busy machine.</summary>
    private const int VisibilityTimeout = 30;

    [Fact]
    public async Task A_check_out_outlives_the_leader_of_its_queue_and_its_receipt_is_good_at_the_next_one()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        using (CmqClient any = CmqClient.Of(cluster.Nodes[0]))
        {
            (await any.CallAsync(
                "CreateQueue",
                ("queueName", Queue),
                ("visibilityTimeout", VisibilityTimeout.ToString(CultureInfo.InvariantCulture)))).Expect();
            foreach (string body in (string[])["held at the leader", "held elsewhere", "settled"])
                (await any.CallAsync("SendMessage", ("queueName", Queue), ("msgBody", body))).Expect();
        }

        BrokerProcess leader = await cluster.LeaderOfQueueAsync(Queue);
        BrokerProcess[] others = [.. cluster.Nodes.Where(node => node != leader)];
        using CmqClient doomed = CmqClient.Of(leader);
        using CmqClient first = CmqClient.Of(others[0]);
        using CmqClient second = CmqClient.Of(others[1]);
        CmqAnswer[] held = [await ReceiveAsync(doomed), await ReceiveAsync(first)];
        CmqAnswer settled = await ReceiveAsync(second);
        Assert.Equal("settled", settled.Text("msgBody"));

        await leader.KillAsync();
        Assert.NotSame(leader, await cluster.LeaderOfQueueAsync(Queue));
        await Patience.RetryAsync(async () => (await DeleteAsync(first, settled)).Expect(), "a delete at the new leader");

        // Both ask all the time, from before the deadline until everything has come.
        var again = new ConcurrentBag<CmqAnswer>();
        await Task.WhenAll(CollectAsync(first), CollectAsync(second));

        Assert.Equal(
            held.Select(message => (message.Text("msgId"), message.Text("msgBody"), 2L)).Order(),
            again.Select(message => (
                message.Text("msgId"), message.Text("msgBody"), message.Number("dequeueCount"))).Order());
        foreach (CmqAnswer early in held)
        {
            CmqAnswer late = again.Single(message => message.Text("msgId") == early.Text("msgId"));
            Assert.True(
                late.Number("nextVisibleTime") >= early.Number("nextVisibleTime") + VisibilityTimeout,
                $"'{early.Text("msgBody")}' was handed out again before {early.Number("nextVisibleTime")}");
            Assert.Equal(4430, (await DeleteAsync(second, early)).Code);
            (await DeleteAsync(second, late)).Expect();
        }

        async Task CollectAsync(CmqClient receiver)
        {
            await Patience.UntilAsync(
                async () =>
                {
                    CmqAnswer answer = await PollAsync(receiver);
                    if (!answer.IsNoMessage)
                        again.Add(answer.Expect());
                    return again.Count >= held.Length;
                },
                "what the dead leader had handed out");
            Assert.True((await PollAsync(receiver)).IsNoMessage);
        }
    }

    private static async Task<CmqAnswer> ReceiveAsync(CmqClient client) =>
        (await client.CallAsync("ReceiveMessage", ("queueName", Queue))).Expect();

    private static Task<CmqAnswer> PollAsync(CmqClient client) =>
        client.CallAsync("ReceiveMessage", ("queueName", Queue), ("pollingWaitSeconds", "1"));

    private static Task<CmqAnswer> DeleteAsync(CmqClient client, CmqAnswer message) => client.CallAsync(
        "DeleteMessage", ("queueName", Queue), ("receiptHandle", message.Text("receiptHandle")));
}
