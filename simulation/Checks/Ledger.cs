using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>What clients sent, were told, and got: the promises of a queue.</summary>
internal sealed class Ledger(Verdict verdict, Trace trace, Agenda agenda)
{
    private const int NumberBytes = sizeof(long);

    private readonly List<TestMessage> _messages = [];
    private readonly List<TestQueue> _queues = [];

    public IReadOnlyList<TestQueue> Queues => _queues;

    public int Published => _messages.Count;

    public int Confirmed { get; private set; }

    public int Delivered { get; private set; }

    public int Settled { get; private set; }

    public TestQueue NewQueue()
    {
        var queue = new TestQueue($"q{_queues.Count}");
        _queues.Add(queue);
        return queue;
    }

    public TestMessage NewMessage(TestQueue queue, long publisher)
    {
        var message = new TestMessage(_messages.Count, queue, publisher);
        _messages.Add(message);
        queue.Messages.Add(message);
        return message;
    }

    /// <summary>A body that names its message.</summary>
    public static byte[] BodyOf(TestMessage message, int bytes)
    {
        byte[] body = new byte[Math.Max(NumberBytes, bytes)];
        body.AsSpan().Fill(unchecked((byte)message.Number));
        BinaryPrimitives.WriteInt64LittleEndian(body, message.Number);
        return body;
    }

    public void Answered(TestMessage message, PublishOutcome outcome)
    {
        trace.Note(0, "published", message.Number, (long)outcome.Reply, outcome.Sequence);
        switch (outcome.Reply)
        {
            case Reply.Ok:
                message.IsConfirmed = true;
                Confirmed++;
                Place(message, outcome.Sequence);
                break;
            case Reply.Gone:
                verdict.Check(message.Queue.IsDeleting, $"{message} found its queue gone, which nobody deleted");
                message.IsRefused = true;
                break;
            case Reply.TimedOut or Reply.Unavailable:
                break;
            default:
                message.IsRefused = true;
                break;
        }
    }

    /// <param name="queue">Where the consumer is.</param>
    /// <param name="delivery">What came.</param>
    /// <param name="isFromLeader">Whoever sent it leads for all that is known; a leader of before may not know what was
    /// settled since.</param>
    /// <param name="sentUs">When it was sent, microseconds.</param>
    /// <returns>Null: that was wrong.</returns>
    public TestMessage? Take(TestQueue queue, Delivery delivery, bool isFromLeader, long sentUs)
    {
        Delivered++;
        ReadOnlySequence<byte> body = delivery.Message.Body;
        long number = body.Length < NumberBytes
            ? -1
            : BinaryPrimitives.ReadInt64LittleEndian(body.Slice(0, NumberBytes).ToArray());
        if (number < 0 || number >= _messages.Count || _messages[(int)number].Queue != queue)
        {
            verdict.Fail($"invented: {queue.Name} delivered message {number}, which nobody sent there");
            return null;
        }

        TestMessage message = _messages[(int)number];
        byte[] sent = BodyOf(message, (int)body.Length);
        verdict.Check(body.ToArray().AsSpan().SequenceEqual(sent), $"the body of {message} has changed");
        verdict.Check(!message.IsRefused, $"{message} was refused, and is delivered");
        Place(message, delivery.Sequence);
        message.Deliveries++;
        message.LastReceipt = Math.Max(message.LastReceipt, delivery.Receipt);
        CheckReceipts(message);
        trace.Note(0, "delivered", number, delivery.Sequence, delivery.DeliveryCount);
        // A node takes nothing that was handed out before its group knew better; a check-out is an answer, and may be late.
        bool isLate = delivery.Receipt == 0
            ? message.SettledAtUs is not null
            : isFromLeader && message.SettledAtUs < sentUs;
        if (isLate)
            verdict.Fail($"{message} was settled at {message.SettledAtUs} us, and its leader sent it at {sentUs} us");
        return message;
    }

    /// <summary>A check-out was answered as good: then it was the newest one of its message.</summary>
    public void SettledByReceipt(TestMessage message, long receipt)
    {
        message.SettledReceipt = receipt;
        CheckReceipts(message);
        SettledForGood(message);
    }

    public void SettledForGood(TestMessage message)
    {
        if (message.SettledAtUs is not null)
            return;
        message.SettledAtUs = agenda.NowUs;
        Settled++;
        trace.Note(0, "settled", message.Number);
    }

    /// <summary>For readers: what nobody has settled.</summary>
    public void RemarkLeft()
    {
        foreach (TestMessage message in _messages
            .Where(one => one is { IsConfirmed: true, IsSettleTried: false, Queue.IsDeleting: false }))
            trace.Remark(0, $"{message} is left: delivered {message.Deliveries} times, check-out {message.LastReceipt}");
    }

    /// <summary>At the end, with every queue drained.</summary>
    public void CheckComplete()
    {
        foreach (TestQueue queue in _queues.Where(queue => !queue.IsDeleting))
        {
            foreach (TestMessage message in queue.Messages)
            {
                verdict.Check(!message.IsConfirmed || message.IsSettleTried,
                    $"lost: {message} was confirmed, delivered {message.Deliveries} times and never settled; "
                    + "the queue is empty");
            }
        }

        foreach (IGrouping<(long, TestQueue), TestMessage> sent in _messages
            .Where(message => message.Sequence is not null)
            .GroupBy(message => (message.Publisher, message.Queue)))
        {
            TestMessage? before = null;
            foreach (TestMessage message in sent)
            {
                verdict.Check(before is null || before.Sequence < message.Sequence,
                    $"order: {message} was sent after {before}");
                before = message;
            }
        }
    }

    private void CheckReceipts(TestMessage message) => verdict.Check(
        message.SettledReceipt == 0 || message.SettledReceipt >= message.LastReceipt,
        $"{message} was settled by check-out {message.SettledReceipt}, and {message.LastReceipt} is a later one");

    private void Place(TestMessage message, long sequence)
    {
        verdict.Check(message.Sequence is null || message.Sequence == sequence,
            $"stored twice: {message} stands at {sequence}, too");
        message.Sequence ??= sequence;
        if (!message.Queue.BySequence.TryAdd(sequence, message) && message.Queue.BySequence[sequence] != message)
            verdict.Fail($"a sequence is used twice: {message} and {message.Queue.BySequence[sequence]}");
    }
}
