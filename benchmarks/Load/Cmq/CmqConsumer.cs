using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Cmq;

/// <summary>Receives batches from its queues in turn and deletes each batch.</summary>
internal sealed class CmqConsumer(int number, LoadOptions options, Ledger ledger, Phase phase, CmqConnection connection)
    : Consumer(ledger, 0, phase)
{
    private const string Batch = "16";

    private readonly IReadOnlyList<int> _queues = options.QueuesOf(number, options.Consumers);

    public override void Run()
    {
        // Waiting at one queue would keep the others waiting.
        string pollingSeconds = _queues.Count == 1 ? "1" : "0";
        while (!IsStopping)
        {
            foreach (int queue in _queues)
                Receive(options.QueueName(queue), pollingSeconds);
        }
    }

    public override void Dispose() => connection.Dispose();

    private void Receive(string queue, string pollingSeconds)
    {
        (int code, JsonElement json) = connection.Ask(
            "BatchReceiveMessage",
            [("queueName", queue), ("numOfMsg", Batch), ("pollingWaitSeconds", pollingSeconds)]);
        if (code == CmqConnection.NoMessage)
            return;
        if (code != CmqConnection.Ok)
            throw new IOException($"BatchReceiveMessage: {code} {json.GetProperty("message").GetString()}");
        Now = Stopwatch.GetTimestamp();
        List<(string, string)> handles = [("queueName", queue)];
        foreach (JsonElement message in json.GetProperty("msgInfoList").EnumerateArray())
        {
            Take(Decode(message.GetProperty("msgBody").GetString()!), redelivered: false);
            handles.Add((
                string.Create(CultureInfo.InvariantCulture, $"receiptHandle.{handles.Count - 1}"),
                message.GetProperty("receiptHandle").GetString()!));
        }

        connection.Demand("BatchDeleteMessage", handles);
    }

    /// <returns>Nothing when it is no text of ours; then it counts as damaged.</returns>
    private static byte[] Decode(string text) => Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : [];
}
