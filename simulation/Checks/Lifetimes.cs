using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>
/// When a message appears and when it ends by itself: a delay is never cut short, what has expired is not delivered any
/// more and nothing goes before its time, and whatever dies arrives once where dead letters go.
/// </summary>
internal sealed class Lifetimes(Verdict verdict, LogTimes times, Agenda agenda)
{
    /// <summary>A check-out is stamped when its command is proposed, which may be this long after it was chosen.</summary>
    private const long CheckOutSlackMs = 100;

    /// <param name="message">What came.</param>
    /// <param name="delivery">How.</param>
    /// <param name="from">Who sent it.</param>
    /// <param name="sentUs">When it was sent, microseconds.</param>
    public void Delivered(TestMessage message, Delivery delivery, NodeId from, long sentUs)
    {
        // When a letter came to its queue nobody says.
        if (message.IsLetter)
            return;
        long publishedMs = delivery.Message.PublishedMs;
        message.PublishedMs = publishedMs;
        long nowMs = times.Of(from, message.Queue.Group, sentUs);
        verdict.Check(message.DelayMs == 0 || nowMs >= publishedMs + message.DelayMs,
            $"early: {message} was published at {publishedMs} ms with a delay of {message.DelayMs} ms, and node {from} "
            + $"sent it at {nowMs} ms");
        if (LimitOf(message) is not { } limitMs)
            return;
        long chosenMs = delivery.Receipt == 0
            ? nowMs
            : delivery.DeadlineMs - message.Queue.Settings.VisibilityTimeoutMs - CheckOutSlackMs;
        verdict.Check(chosenMs < publishedMs + limitMs,
            $"expired: {message} was published at {publishedMs} ms to live {limitMs} ms, and node {from} sent it at "
            + $"{chosenMs} ms");
    }

    /// <summary>A message has come to where the dead letters of its queue go.</summary>
    public void Died(TestMessage message, Delivery letter)
    {
        message.SeenDeadAtUs = agenda.NowUs;
        Death? death = letter.Message.Overlay?.Deaths.FirstOrDefault(one => one.Queue == message.Queue.Name);
        if (death is null)
        {
            verdict.Fail($"{message} is a dead letter, and has not died in {message.Queue.Name}");
            return;
        }

        QueueSettings settings = message.Queue.Settings;
        bool isTrue = death.Reason switch
        {
            DeathReason.Rejected => message.IsRejectTried,
            DeathReason.Expired => LimitOf(message) is { } limitMs
                && (message.IsLetter || death.TimeMs >= letter.Message.PublishedMs + limitMs),
            DeathReason.MaxLength => settings.MaxMessages is not null,
            _ => settings.MaxDeliveries is not null,
        };
        verdict.Check(isTrue && death.Count == 1,
            $"dead too early: {message}, published at {letter.Message.PublishedMs} ms, has died {death.Count} times, "
            + $"{death.Reason}, at {death.TimeMs} ms");
    }

    /// <summary>Whether a message need not be in its queue any more, though nobody has settled it.</summary>
    public bool MayHaveLeft(TestMessage message)
    {
        TestQueue queue = message.Queue;
        if (queue.DeadLetters is { IsDeleting: false } target)
            return target.Letters.ContainsKey(message.Number) || target.DeadLetters is { IsDeleting: true };
        return message.IsRejectTried || HasExpired(message)
            || queue.Settings.MaxDeliveries is not null || queue.Settings.MaxMessages is not null;
    }

    private bool HasExpired(TestMessage message) => LimitOf(message) is { } limitMs
        && (message.IsLetter
            || times.Latest(message.Queue.Group) >= (message.PublishedMs ?? message.PublishedFromMs) + limitMs);

    /// <summary>A letter has lost its own time to live.</summary>
    private static long? LimitOf(TestMessage message)
    {
        long? own = message.IsLetter ? null : message.TtlMs;
        long? queues = message.Queue.Settings.MessageTtlMs;
        return own is null || queues < own ? queues : own;
    }
}
