using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Cmq;

/// <summary>Sends batches, one request after the other.</summary>
internal sealed class CmqProducer : Producer
{
    private readonly LoadOptions _options;
    private readonly CmqConnection _connection;
    private readonly List<(MessageStamp Stamp, string Text)> _batch = [];
    private readonly byte[] _body;

    public CmqProducer(int number, LoadOptions options, Ledger ledger, Phase phase, CmqConnection connection)
        : base(number, options, ledger, phase)
    {
        (_options, _connection) = (options, connection);

        // Text is a third longer than what it stands for.
        _body = MessageStamp.MakeBody(options.SizeBytes / 4 * 3);
    }

    protected override int Room => Math.Min(Window.Room, _options.Batch - _batch.Count);

    public override void Dispose() => _connection.Dispose();

    protected override void Write(in MessageStamp stamp)
    {
        stamp.Write(_body, _body.Length);
        _batch.Add((stamp, Base64Url.EncodeToString(_body)));
    }

    protected override void Flush()
    {
        // Sent when the answer is awaited: a request is both.
    }

    protected override bool AwaitAnswers(TimeSpan? atMost)
    {
        if (_batch.Count == 0)
        {
            Thread.Sleep(atMost ?? TimeSpan.Zero);
            return false;
        }

        foreach (IGrouping<int, (MessageStamp Stamp, string Text)> queue in _batch.GroupBy(one => one.Stamp.Queue))
        {
            (int code, _) = _connection.Ask(
                "BatchSendMessage",
                [
                    ("queueName", _options.QueueName(queue.Key)),
                    .. queue.Select((one, i) => (string.Create(CultureInfo.InvariantCulture, $"msgBody.{i}"), one.Text)),
                ]);
            long now = Stopwatch.GetTimestamp();
            foreach ((MessageStamp stamp, _) in queue)
                Window.Settle(stamp.Sequence, code == CmqConnection.Ok, now);
        }

        _batch.Clear();
        return true;
    }
}
