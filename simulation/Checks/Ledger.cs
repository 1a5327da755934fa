using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>What clients sent, were told, and got: the promises of a queue.</summary>
internal sealed class Ledger(Verdict verdict, Trace trace, Agenda agenda, LogTimes times, Lifetimes lifetimes)
{
    private const int NumberBytes = sizeof(long);

    private readonly List<TestMessage> _messages = [];
    private readonly List<TestQueue> _queues = [];

    public IReadOnlyList<TestQueue> Queues => _queues;

    public int Published => _messages.Count;

    public int Confirmed { get; private set; }

    public int Delivered { get; private set; }

    public int Settled { get; private set; }

    /// <summary>Messages that were seen as dead letters.</summary>
    public int Died => _queues.Sum(queue => queue.Letters.Count);

    /// <summary>Messages that somebody was told a rewind brings back.</summary>
    public int Rewound { get; private set; }

    public TestQueue NewQueue(TestQueue? deadLetters, bool takesLetters)
    {
        var queue = new TestQueue($"q{_queues.Count}") { DeadLetters = deadLetters, TakesLetters = takesLetters };
        _queues.Add(queue);
        return queue;
    }

    public TestMessage NewMessage(TestQueue queue, long publisher, long delayMs = 0, long? ttlMs = null)
    {
        var message = new TestMessage(_messages.Count, queue, publisher)
        {
            DelayMs = delayMs,
            TtlMs = ttlMs,
            PublishedFromMs = times.Latest(queue.Group),
        };
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
        if (Find(queue, number, delivery) is not { } message)
        {
            verdict.Fail($"invented: {queue.Name} delivered message {number}, which nobody sent there");
            return null;
        }

        byte[] sent = BodyOf(message, (int)body.Length);
        verdict.Check(body.ToArray().AsSpan().SequenceEqual(sent), $"the body of {message} has changed");
        verdict.Check(!message.IsRefused, $"{message} was refused, and is delivered");
        Place(message, delivery.Sequence);
        message.Deliveries++;
        if (queue.MayRewind(delivery.Message.PublishedMs))
            message.ForgetSettled();
        message.LastReceipt = Math.Max(message.LastReceipt, delivery.Receipt);
        CheckReceipts(message);
        trace.Note(0, "delivered", number, delivery.Sequence, delivery.DeliveryCount);
        // A node takes nothing that was handed out before its group knew better; a check-out is an answer, and may be late.
        bool isLate = delivery.Receipt == 0
            ? message.SettledAtUs is not null
            : isFromLeader && message.SettledAtUs < sentUs;
        if (isLate)
            verdict.Fail($"{message} was settled at {message.SettledAtUs} us, and its leader sent it at {sentUs} us");
        if (isFromLeader && message.SeenDeadAtUs < sentUs)
            verdict.Fail($"{message} was dead at {message.SeenDeadAtUs} us, and its leader sent it at {sentUs} us");
        return message;
    }

    /// <summary>A check-out was answered as good: then it was the newest one of its message.</summary>
    /// <param name="message">What was settled.</param>
    /// <param name="receipt">The check-out.</param>
    /// <param name="sinceUs">When the settling began, microseconds.</param>
    public void SettledByReceipt(TestMessage message, long receipt, long sinceUs)
    {
        if (MayBeRewoundSince(message, sinceUs))
            return;
        message.SettledReceipt = receipt;
        CheckReceipts(message);
        CheckAlive(message);
        SettledForGood(message, sinceUs);
    }

    /// <param name="message">What was settled, if not something else ended it before.</param>
    /// <param name="sinceUs">When the settling began, microseconds.</param>
    public void SettledForGood(TestMessage message, long sinceUs)
    {
        if (message.SettledAtUs is not null || MayBeRewoundSince(message, sinceUs))
            return;
        message.SettledAtUs = agenda.NowUs;
        Settled++;
        trace.Note(0, "settled", message.Number);
    }

    /// <summary>Somebody begins to rewind a queue.</summary>
    /// <returns>What must come back by it.</returns>
    public IReadOnlyList<TestMessage> BeginRewind(TestQueue queue, long fromMs)
    {
        trace.Note(0, "rewinds", queue.Id!.Value.Value, fromMs);
        queue.OpenRewinds.Add(fromMs);
        // What was in several hands may be settled by a late one, after the rewind.
        return queue.Settings.RewindMs < TestQueue.SureRewindMs
            ? []
            : [.. queue.Messages.Where(message => message is
            {
                SettledAtUs: not null, Deliveries: 1, SettleTries: 1, IsRejectTried: false, TtlMs: null,
            } && message.PublishedMs >= fromMs)];
    }

    /// <summary>Somebody was told that a queue is rewound.</summary>
    public void Rewind(TestQueue queue, long fromMs, IReadOnlyList<TestMessage> mustReturn)
    {
        trace.Note(0, "rewound", queue.Id!.Value.Value, fromMs, mustReturn.Count);
        queue.OpenRewinds.Remove(fromMs);
        queue.RewoundAtUs = agenda.NowUs;
        foreach (TestMessage message in queue.Messages.Where(message => message.PublishedMs >= fromMs))
            message.ForgetSettled();
        foreach (TestMessage message in mustReturn.Where(message => message is { Deliveries: 1, SettleTries: 1 }))
        {
            message.IsConfirmed = true;
            message.IsSettleTried = false;
            Rewound++;
        }
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
            foreach (TestMessage message in queue.Messages.Concat(queue.Letters.Values))
            {
                verdict.Check(!message.IsConfirmed || message.IsSettleTried || lifetimes.MayHaveLeft(message),
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

    /// <summary>A message of a queue, be it that it died in another one and is here as a letter.</summary>
    private TestMessage? Find(TestQueue queue, long number, Delivery delivery)
    {
        if (number < 0 || number >= _messages.Count)
            return null;
        if (InQueue(queue, number) is { } known)
            return known;
        // It may have passed through the queue before without being seen there.
        TestMessage? dead = _queues.Where(one => one.DeadLetters == queue)
            .Select(one => Find(one, number, delivery)).FirstOrDefault(one => one is not null);
        if (dead is null)
            return null;
        lifetimes.Died(dead, delivery);
        CheckAlive(dead);
        var letter = new TestMessage(number, queue, dead.Publisher) { IsConfirmed = true, IsLetter = true };
        queue.Letters.Add(number, letter);
        return letter;
    }

    private TestMessage? InQueue(TestQueue queue, long number) =>
        _messages[(int)number].Queue == queue ? _messages[(int)number] : queue.Letters.GetValueOrDefault(number);

    /// <summary>The settling may have come before a rewind.</summary>
    private static bool MayBeRewoundSince(TestMessage message, long sinceUs) =>
        message.Queue.RewoundAtUs >= sinceUs || message.Queue.MayRewind(message.PublishedMs ?? long.MaxValue);

    private void CheckAlive(TestMessage message) => verdict.Check(
        message.SettledReceipt == 0 || message.SeenDeadAtUs is null,
        $"{message} was settled by check-out {message.SettledReceipt}, and is a dead letter all the same");

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
