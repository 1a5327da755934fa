using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>Between the service's words and the core's: attributes and settings, message ids,
/// deliveries.</summary>
public static class HttpMapping
{
    private const long DefaultHeapMessages = 100_000_000;
    private const long MaxHeapMessages = 1_000_000_000;
    private const int DefaultMessageBytes = 65_536;
    private const int DefaultRetentionSeconds = 345_600;
    private const int DefaultVisibilitySeconds = 30;
    private const int MaxRetentionSeconds = 1_296_000;

    /// <summary>Dead letters go straight to a queue by name.</summary>
    private const string DefaultTopicName = "";

    /// <summary>A queue made over HTTP: durable, and limited in everything.</summary>
    public static QueueSettings NewSettings(QueueAttributes attributes, HttpOptions options)
    {
        var defaults = new QueueSettings
        {
            MaxMessages = DefaultHeapMessages,
            Overflow = Overflow.Refuse,
            VisibilityTimeoutMs = DefaultVisibilitySeconds * 1_000,
            MaxMessageBytes = Math.Min(DefaultMessageBytes, options.MaxMessageBytes),
            RetentionMs = DefaultRetentionSeconds * 1_000L,
            MaxDelayed = options.MaxDelayedMessages,
        };
        return Apply(attributes, defaults);
    }

    /// <summary>Changes what is given and keeps the rest, also what only another protocol can say.</summary>
    public static QueueSettings Apply(QueueAttributes given, QueueSettings settings)
    {
        if (given.MaxMsgHeapNum is { } heap)
            settings = settings with { MaxMessages = heap, Overflow = Overflow.Refuse };
        if (given.PollingWaitSeconds is { } pollingWait)
            settings = settings with { PollingWaitMs = pollingWait * 1_000 };
        if (given.VisibilityTimeout is { } visibility)
            settings = settings with { VisibilityTimeoutMs = visibility * 1_000 };
        if (given.MaxMsgSize is { } size)
            settings = settings with { MaxMessageBytes = size };
        if (given.MsgRetentionSeconds is { } retention)
            settings = settings with { RetentionMs = retention * 1_000L };
        if (given.RewindSeconds is { } rewind)
            settings = settings with { RewindMs = rewind * 1_000L };

        if (given.DeadLetterPolicy is { } policy)
        {
            settings = settings with
            {
                DeadLetter = new DeadLetterTarget(DefaultTopicName, policy.DeadLetterQueue),
                MaxDeliveries = policy.MaxReceiveCount,
                DeadLetterAfterMs = policy.MaxTimeToLive * 1_000L,
            };
        }
        else if (given.ClearsDeadLetterPolicy)
        {
            settings = settings with { DeadLetter = null, MaxDeliveries = null, DeadLetterAfterMs = null };
        }

        return settings;
    }

    /// <summary>All attributes of a queue. Where the core has no limit the attribute's largest value is
    /// shown.</summary>
    public static QueueAttributes Attributes(QueueSettings settings, int maxMessageBytes) => new()
    {
        MaxMsgHeapNum = settings.MaxMessages ?? MaxHeapMessages,
        PollingWaitSeconds = settings.PollingWaitMs / 1_000,
        VisibilityTimeout = settings.VisibilityTimeoutMs / 1_000,
        MaxMsgSize = settings.MaxMessageBytes ?? maxMessageBytes,
        MsgRetentionSeconds =
            (int)Math.Min((settings.RetentionMs / 1_000) ?? MaxRetentionSeconds, int.MaxValue),
        RewindSeconds = (int)Math.Min(settings.RewindMs / 1_000, int.MaxValue),
        DeadLetterPolicy = Policy(settings),
    };

    /// <summary>Null also for a dead letter rule of another protocol that the service has no words
    /// for.</summary>
    public static DeadLetterPolicy? Policy(QueueSettings settings)
    {
        if (settings.DeadLetter is not { Topic: DefaultTopicName, RoutingKey: { } target })
            return null;
        if (settings.MaxDeliveries is { } count)
            return new DeadLetterPolicy(target, count, null);
        return settings.DeadLetterAfterMs is { } ageMs
            ? new DeadLetterPolicy(target, null, (int)Math.Min(ageMs / 1_000, int.MaxValue))
            : null;
    }

    public static string QueueId(QueueId id) =>
        string.Create(CultureInfo.InvariantCulture, $"queue-{id.Value}");

    public static string TopicId(TopicId id) =>
        string.Create(CultureInfo.InvariantCulture, $"topic-{id.Value}");

    /// <summary>Unique, because names are in their topic.</summary>
    public static string SubscriptionId(TopicId topic, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"subsc-{topic.Value}-{name}");

    /// <summary>Unique in the queue and fixed for the message's life in it; never "0", which reads like
    /// none.</summary>
    public static string MsgId(long sequence) => (sequence + 1).ToString(CultureInfo.InvariantCulture);

    public static HttpAnswer.ReceivedMessage Received(Delivery delivery) => new(
        delivery.Message.Body,
        IsUtf8(delivery.Message.Body),
        MsgId(delivery.Sequence),
        ReceiptHandle.Write(delivery.Receipt),
        delivery.Message.PublishedMs / 1_000,
        delivery.FirstCheckOutMs / 1_000,
        delivery.DeadlineMs / 1_000,
        delivery.DeliveryCount);

    /// <summary>Bodies of other protocols are bytes, and a character may lie across two segments.</summary>
    private static bool IsUtf8(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
            return Utf8.IsValid(body.FirstSpan);

        Span<byte> joint = stackalloc byte[8];
        int carried = 0;
        foreach (ReadOnlyMemory<byte> memory in body)
        {
            ReadOnlySpan<byte> segment = memory.Span;
            while (carried > 0 && !segment.IsEmpty)
            {
                joint[carried++] = segment[0];
                segment = segment[1..];
                OperationStatus status = Rune.DecodeFromUtf8(joint[..carried], out _, out _);
                if (status == OperationStatus.InvalidData)
                    return false;
                if (status == OperationStatus.Done)
                    carried = 0;
            }

            int tail = IncompleteTail(segment);
            if (!Utf8.IsValid(segment[..^tail]))
                return false;
            if (tail > 0)
            {
                segment[^tail..].CopyTo(joint);
                carried = tail;
            }
        }

        return carried == 0;
    }

    /// <summary>Length of an unfinished character at the end, 0 to 3.</summary>
    private static int IncompleteTail(ReadOnlySpan<byte> segment)
    {
        for (int length = 1; length <= Math.Min(3, segment.Length); length++)
        {
            OperationStatus status = Rune.DecodeFromUtf8(segment[^length..], out _, out int consumed);
            if (status == OperationStatus.NeedMoreData && consumed == length)
                return length;
        }

        return 0;
    }
}
