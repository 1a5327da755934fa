using System.Buffers;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.RocketMq;

/// <summary>Pulls its queues of one broker name from their beginning, with one pull under way for each queue, and looks
/// that no offset is left out.</summary>
internal sealed class RocketMqConsumer : SocketConsumer
{
    private const int MaxMessages = 1_000;
    private const int SuspendMs = 1_000;

    private readonly string _topic;
    private readonly Dictionary<int, long> _next;
    private readonly RocketMqWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _frame = new();

    /// <param name="ledger">Of the run.</param>
    /// <param name="phase">Of the run.</param>
    /// <param name="wire">To the broker name.</param>
    /// <param name="topic">To pull.</param>
    /// <param name="queues">Its share of the broker name's.</param>
    public RocketMqConsumer(Ledger ledger, Phase phase, Wire wire, string topic, IEnumerable<int> queues)
        : base(ledger, 0, phase, wire)
    {
        _topic = topic;
        _next = queues.ToDictionary(queue => queue, _ => 0L);
        foreach (int queue in _next.Keys)
            Pull(queue);
        wire.Flush();
    }

    protected override bool TryTake()
    {
        if (RocketMqAdministrator.TryRead(Wire) is not { } answer)
            return false;

        // The number of a pull is its queue's.
        int queue = answer.Opaque;
        switch ((RocketMqResponseCode)answer.Code)
        {
            case RocketMqResponseCode.Success:
                ReadOnlyMemory<byte> left = answer.Body;
                while (RocketMqMessageReader.Read(ref left) is { } message)
                    Take(queue, message);
                break;
            case RocketMqResponseCode.PullNotFound:
            case RocketMqResponseCode.PullRetryImmediately:
                break;
            default:
                throw new IOException($"pull of queue {queue}: {answer.Code} {answer.Remark}");
        }

        Pull(queue);
        return true;
    }

    protected override void End()
    {
        // A pull settles nothing; what waits ends with the connection.
    }

    private void Take(int queue, RocketMqMessage message)
    {
        if (message.QueueOffset != _next[queue])
            throw new IOException($"offset {message.QueueOffset} of queue {queue} where {_next[queue]} was asked for");
        _next[queue]++;
        // The reader of messages gives one piece: it cuts them out of one answer.
        Take(message.Body.IsSingleSegment ? message.Body.FirstSpan : message.Body.ToArray(), redelivered: false);
    }

    private void Pull(int queue)
    {
        var pull = new PullMessageRequest(
            "load", _topic, queue, _next[queue], MaxMessages, RocketMqPullFlag.Suspend | RocketMqPullFlag.Subscription, 0,
            SuspendMs, "*", 0, null);
        _frame.ResetWrittenCount();
        _writer.Write(
            new RocketMqCommand((int)RocketMqRequestCode.PullMessage, queue, 0) { Fields = RocketMqFields.Of(pull) },
            _frame);
        Wire.Write(_frame.WrittenSpan);
    }
}
