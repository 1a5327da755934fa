using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Interop.Durability.Clients;

namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>A sender and a receiver on one queue of the CMQ door; each goes to the next node when one fails.</summary>
/// <param name="perSecond">Messages per second at most; null = as many as go, one after the other.</param>
internal sealed class CmqLoad(Ledger ledger, IReadOnlyList<CmqClient> nodes, string queue, int? perSecond)
{
    public async Task CreateAsync()
    {
        // Short, so that what a kill left checked out is there again for the drain at the end.
        CmqAnswer made = await nodes[0].CallAsync("CreateQueue", ("queueName", queue), ("visibilityTimeout", "5"));
        Assert.True(made.IsOk, made.Message);
    }

    public async Task SendAsync(CancellationToken stop)
    {
        int node = 0;
        int number = 0;
        int stream = ledger.NextStream();
        while (!stop.IsCancellationRequested)
        {
            if (perSecond is { } rate)
                await Task.Delay(1000 / rate, CancellationToken.None);
            var key = new MessageKey(stream, number++);
            ledger.Sent(queue, key);
            string body = Encoding.ASCII.GetString(MessageBody.Make(key, text: true));
            try
            {
                CmqAnswer sent = await nodes[node].CallAsync("SendMessage", ("queueName", queue), ("msgBody", body));
                if (sent.IsOk)
                {
                    ledger.Confirmed(key);
                    continue;
                }

                ledger.Refused();
            }
            catch (Exception failure) when (Trouble.IsExpected(failure))
            {
                ledger.Refused();
            }

            ledger.Moved();
            node = (node + 1) % nodes.Count;
            await Task.Delay(100, CancellationToken.None);
        }
    }

    public async Task ReceiveAsync(CancellationToken stop)
    {
        int node = nodes.Count - 1;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ReceiveAsync(nodes[node]);
            }
            catch (Exception failure) when (Trouble.IsExpected(failure))
            {
                ledger.Moved();
                node = (node + 1) % nodes.Count;
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private async Task ReceiveAsync(CmqClient client)
    {
        CmqAnswer received = await client.CallAsync(
            "BatchReceiveMessage", ("queueName", queue), ("numOfMsg", "16"), ("pollingWaitSeconds", "1"));
        if (received.IsNoMessage)
            return;
        foreach (JsonElement message in received.Expect().Json.GetProperty("msgInfoList").EnumerateArray())
        {
            byte[] body = Encoding.UTF8.GetBytes(message.GetProperty("msgBody").GetString()!);
            MessageKey? key = ledger.Delivered(queue, body, redelivered: true, order: null);
            CmqAnswer deleted = await client.CallAsync(
                "DeleteMessage", ("queueName", queue), ("receiptHandle", message.GetProperty("receiptHandle").GetString()!));
            // 4430: the deadline passed while the broker was away; the message comes again.
            if (deleted.Code != 4430 && deleted.Expect().IsOk && key is { } settled)
                ledger.Settled([settled]);
        }
    }
}
