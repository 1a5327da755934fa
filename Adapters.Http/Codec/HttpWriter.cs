using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>Writes answers as JSON with the field types that clients insist on (spec section 3).</summary>
public static class HttpWriter
{
    private const int PortionBytes = 32 * 1024;

    /// <summary>For <see cref="Utf8JsonWriter"/>s given to <see cref="Portions"/>: text goes out as UTF-8,
    /// because the answer is never read as HTML and escapes would double most of it.</summary>
    public static JsonWriterOptions JsonOptions { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Body bytes in the answer: what decides whether it is sent in one piece.</summary>
    public static long BodyBytes(HttpAnswer answer) => answer switch
    {
        HttpAnswer.MessageReceived received => received.Message.Body.Length,
        HttpAnswer.MessagesReceived received => received.Messages.Sum(m => m.Body.Length),
        _ => 0,
    };

    /// <summary>Writes the answer portion by portion: after each step the caller may send what is written, so
    /// that large messages never stand in memory as JSON.</summary>
    public static IEnumerable<long> Portions(Utf8JsonWriter json, HttpAnswer answer, string requestId)
    {
        json.WriteStartObject();
        HttpError? error = (answer as HttpAnswer.Failed)?.Error;
        json.WriteNumber("code"u8, error?.Code ?? 0);
        json.WriteString("message"u8, error?.Message ?? "");
        json.WriteString("requestId"u8, requestId);

        switch (answer)
        {
            case HttpAnswer.MessageReceived received:
                foreach (long written in MessagePortions(json, received.Message))
                    yield return written;
                break;
            case HttpAnswer.MessagesReceived received:
                json.WriteStartArray("msgInfoList"u8);
                foreach (HttpAnswer.ReceivedMessage message in received.Messages)
                {
                    json.WriteStartObject();
                    foreach (long written in MessagePortions(json, message))
                        yield return written;
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            default:
                WriteSmall(json, answer);
                break;
        }

        json.WriteEndObject();
        json.Flush();
        yield return json.BytesCommitted;
    }

    private static IEnumerable<long> MessagePortions(Utf8JsonWriter json, HttpAnswer.ReceivedMessage message)
    {
        json.WritePropertyName("msgBody"u8);
        ReadOnlySequence<byte> rest = message.Body;
        while (rest.Length > PortionBytes)
        {
            WriteSegment(json, rest.Slice(0, PortionBytes), message.IsText, isFinal: false);
            rest = rest.Slice(PortionBytes);
            json.Flush();
            yield return json.BytesCommitted;
        }

        WriteSegment(json, rest, message.IsText, isFinal: true);

        // Not the service's: it lets a reader tell a text from bytes that another protocol sent.
        if (!message.IsText)
            json.WriteString("msgBodyEncoding"u8, "base64"u8);
        json.WriteString("msgId"u8, message.MsgId);
        json.WriteString("receiptHandle"u8, message.ReceiptHandle);
        json.WriteNumber("enqueueTime"u8, message.EnqueueTime);
        json.WriteNumber("firstDequeueTime"u8, message.FirstDequeueTime);
        json.WriteNumber("nextVisibleTime"u8, message.NextVisibleTime);
        json.WriteNumber("dequeueCount"u8, message.DequeueCount);
    }

    private static void WriteSegment(
        Utf8JsonWriter json, ReadOnlySequence<byte> segment, bool isText, bool isFinal)
    {
        ReadOnlySpan<byte> bytes = segment.IsSingleSegment ? segment.FirstSpan : segment.ToArray();
        if (isText)
            json.WriteStringValueSegment(bytes, isFinal);
        else
            json.WriteBase64StringSegment(bytes, isFinal);
    }

    private static void WriteSmall(Utf8JsonWriter json, HttpAnswer answer)
    {
        switch (answer)
        {
            case HttpAnswer.Done:
                break;
            case HttpAnswer.Failed failed:
                WriteErrorList(json, failed.ErrorList);
                break;
            case HttpAnswer.QueueCreated created:
                json.WriteString("queueId"u8, created.QueueId);
                break;
            case HttpAnswer.QueueList list:
                WriteQueueList(json, list);
                break;
            case HttpAnswer.QueueAttributesChanged changed:
                json.WriteString("queueId"u8, changed.QueueId);
                WriteAttributes(json, changed.Attributes);
                break;
            case HttpAnswer.QueueAttributesShown shown:
                WriteAttributes(json, shown.Attributes);
                json.WriteNumber("createTime"u8, shown.CreateTime);
                json.WriteNumber("lastModifyTime"u8, shown.LastModifyTime);
                json.WriteNumber("activeMsgNum"u8, shown.ActiveMsgNum);
                json.WriteNumber("inactiveMsgNum"u8, shown.InactiveMsgNum);
                json.WriteNumber("delayMsgNum"u8, shown.DelayMsgNum);
                json.WriteNumber("rewindmsgNum"u8, shown.RewindMsgNum); // the service's own spelling
                json.WriteNumber("minMsgTime"u8, shown.MinMsgTime);
                break;
            case HttpAnswer.MessageSent sent:
                json.WriteString("msgId"u8, sent.MsgId);
                break;
            case HttpAnswer.MessagesSent sent:
                WriteMsgList(json, sent.MsgIds);
                break;
            default:
                HttpTopicWriter.Write(json, answer);
                break;
        }
    }

    private static void WriteErrorList(Utf8JsonWriter json, IReadOnlyList<HttpAnswer.FailedDelete> errors)
    {
        if (errors.Count == 0)
            return;

        json.WriteStartArray("errorList"u8);
        foreach (HttpAnswer.FailedDelete error in errors)
        {
            json.WriteStartObject();
            json.WriteNumber("code"u8, error.Error.Code);
            json.WriteString("message"u8, error.Error.Message);
            json.WriteString("receiptHandle"u8, error.ReceiptHandle);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteQueueList(Utf8JsonWriter json, HttpAnswer.QueueList list)
    {
        json.WriteNumber("totalCount"u8, list.TotalCount);
        json.WriteStartArray("queueList"u8);
        foreach (HttpAnswer.QueueListItem queue in list.Queues)
        {
            json.WriteStartObject();
            json.WriteString("queueId"u8, queue.QueueId);
            json.WriteString("queueName"u8, queue.QueueName);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMsgList(Utf8JsonWriter json, IReadOnlyList<string> msgIds)
    {
        json.WriteStartArray("msgList"u8);
        foreach (string msgId in msgIds)
        {
            json.WriteStartObject();
            json.WriteString("msgId"u8, msgId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteAttributes(Utf8JsonWriter json, QueueAttributes attributes)
    {
        json.WriteNumber("maxMsgHeapNum"u8, attributes.MaxMsgHeapNum ?? 0);
        json.WriteNumber("pollingWaitSeconds"u8, attributes.PollingWaitSeconds ?? 0);
        json.WriteNumber("visibilityTimeout"u8, attributes.VisibilityTimeout ?? 0);
        json.WriteNumber("maxMsgSize"u8, attributes.MaxMsgSize ?? 0);
        json.WriteNumber("msgRetentionSeconds"u8, attributes.MsgRetentionSeconds ?? 0);
        json.WriteNumber("rewindSeconds"u8, attributes.RewindSeconds ?? 0);
        if (attributes.DeadLetterPolicy is not { } policy)
            return;

        json.WriteStartObject("deadLetterPolicy"u8);
        json.WriteString("deadLetterQueue"u8, policy.DeadLetterQueue);
        json.WriteNumber("policy"u8, policy.MaxReceiveCount is null ? 1 : 0);
        if (policy.MaxReceiveCount is { } count)
            json.WriteNumber("maxReceiveCount"u8, count);
        if (policy.MaxTimeToLive is { } seconds)
            json.WriteNumber("maxTimeToLive"u8, seconds);
        json.WriteEndObject();
    }
}
