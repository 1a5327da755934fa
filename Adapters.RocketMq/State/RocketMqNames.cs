using System.Buffers;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Names with a meaning (specification sections 10, 14 and 17).</summary>
public static class RocketMqNames
{
    /// <summary>The template topic: its route says how many queues a new topic gets.</summary>
    public const string Template = "TBW102";

    /// <summary>Messages that consumers sent back.</summary>
    public const string RetryPrefix = "%RETRY%";

    /// <summary>Messages that were sent back too often.</summary>
    public const string DeadLetterPrefix = "%DLQ%";

    /// <summary>Half messages whose producers never said what became of them.</summary>
    public const string CheckedTooOften = "TRANS_CHECK_MAX_TIME_TOPIC";

    /// <summary>The length byte of a record's topic is signed.</summary>
    public const int MaxTopicBytes = sbyte.MaxValue;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%|_-");

    /// <summary>May a topic of this name be made?</summary>
    public static bool IsTopic(string name) =>
        name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MaxTopicBytes && !name.AsSpan().ContainsAnyExcept(Allowed);

    public static bool IsRetry(string topic) => topic.StartsWith(RetryPrefix, StringComparison.Ordinal);

    public static bool IsDeadLetter(string topic) =>
        topic.StartsWith(DeadLetterPrefix, StringComparison.Ordinal);
}
