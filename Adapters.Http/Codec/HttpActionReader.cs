using System.Text.Unicode;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>Turns a request's parameters into its action (spec section 4). Unknown parameters are
/// ignored.</summary>
public sealed class HttpActionReader(HttpOptions options)
{
    private const int MaxBatch = 16;
    private const int MaxListed = 50;
    private const int MaxNewNameLength = 64;
    private const int MaxNameBytes = 255;
    private const int MaxPollingWaitSeconds = 30;
    private const int MaxRetentionSeconds = 1_296_000;
    private const long MaxHeapMessages = 1_000_000_000;

    private readonly HttpTopicActionReader _topics = new(options);

    /// <param name="parameters">All of them.</param>
    /// <returns>The action; its name is matched ignoring case, because clients capitalise as they
    /// like.</returns>
    /// <exception cref="HttpProtocolException">Unknown action (4000/10430), or a parameter is missing or
    /// wrong.</exception>
    public HttpAction Read(HttpParameters parameters)
    {
        string action = parameters.Text("Action");
        return action.ToUpperInvariant() switch
        {
            "CREATEQUEUE" => new HttpAction.CreateQueue(NewQueueName(parameters), Attributes(parameters)),
            "LISTQUEUE" => ListQueue(parameters),
            "GETQUEUEATTRIBUTES" => new HttpAction.GetQueueAttributes(QueueName(parameters)),
            "SETQUEUEATTRIBUTES" => new HttpAction.SetQueueAttributes(
                QueueName(parameters), Attributes(parameters)),
            "DELETEQUEUE" => new HttpAction.DeleteQueue(QueueName(parameters)),
            "CLEARQUEUE" => new HttpAction.ClearQueue(QueueName(parameters)),
            "REWINDQUEUE" => new HttpAction.RewindQueue(
                QueueName(parameters), parameters.Number("startConsumeTime", 0, uint.MaxValue)),
            "SENDMESSAGE" => new HttpAction.SendMessage(
                QueueName(parameters), Body(parameters.Bytes("msgBody")), DelaySeconds(parameters)),
            "BATCHSENDMESSAGE" => BatchSendMessage(parameters),
            "RECEIVEMESSAGE" => new HttpAction.ReceiveMessage(QueueName(parameters), PollingWait(parameters)),
            "BATCHRECEIVEMESSAGE" => new HttpAction.BatchReceiveMessage(
                QueueName(parameters),
                (int)parameters.Number("numOfMsg", 1, MaxBatch),
                PollingWait(parameters)),
            "DELETEMESSAGE" => DeleteMessage(parameters),
            "BATCHDELETEMESSAGE" => BatchDeleteMessage(parameters),
            string other => _topics.Read(other, parameters)
                ?? throw new HttpProtocolException(HttpError.UnknownAction(action)),
        };
    }

    /// <summary>What exists may have been named by another protocol, with more freedom.</summary>
    internal static bool IsName(string name) => name.Length is > 0 and <= MaxNameBytes;

    internal static bool IsNewName(string name) =>
        name.Length is > 0 and <= MaxNewNameLength
        && char.IsAsciiLetter(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string QueueName(HttpParameters parameters)
    {
        string name = parameters.Text("queueName");
        return IsName(name) ? name : throw new HttpProtocolException(HttpError.BadQueueName);
    }

    private static string NewQueueName(HttpParameters parameters)
    {
        string name = parameters.Text("queueName");
        return IsNewName(name) ? name : throw new HttpProtocolException(HttpError.BadQueueName);
    }

    private static HttpAction.ListQueue ListQueue(HttpParameters parameters)
    {
        HttpPage page = HttpPage.Read(parameters, MaxListed);
        return new HttpAction.ListQueue(page.SearchWord, page.Offset, page.Limit);
    }

    private QueueAttributes Attributes(HttpParameters parameters)
    {
        string? policyText = parameters.OptionalText("deadLetterPolicy");
        DeadLetterPolicy? policy = policyText is null ? null : DeadLetterPolicy.Read(policyText);
        return new QueueAttributes
        {
            MaxMsgHeapNum =
                parameters.OptionalNumber("maxMsgHeapNum", options.MinHeapMessages, MaxHeapMessages),
            PollingWaitSeconds = PollingWait(parameters),
            VisibilityTimeout = (int?)parameters.OptionalNumber("visibilityTimeout", 1, 43_200),
            MaxMsgSize = (int?)parameters.OptionalNumber("maxMsgSize", 1_024, options.MaxMessageBytes),
            MsgRetentionSeconds =
                (int?)parameters.OptionalNumber("msgRetentionSeconds", 60, MaxRetentionSeconds),
            RewindSeconds = (int?)parameters.OptionalNumber("rewindSeconds", 0, MaxRetentionSeconds),
            DeadLetterPolicy = policy,
            ClearsDeadLetterPolicy = policyText is not null && policy is null,
        };
    }

    private static int? PollingWait(HttpParameters parameters) =>
        (int?)parameters.OptionalNumber("pollingWaitSeconds", 0, MaxPollingWaitSeconds);

    private int DelaySeconds(HttpParameters parameters)
    {
        long? seconds = parameters.OptionalNumber("delaySeconds", long.MinValue, long.MaxValue);
        return seconds is null or >= 0 && (seconds ?? 0) <= options.MaxDelaySeconds
            ? (int)(seconds ?? 0)
            : throw new HttpProtocolException(HttpError.DelayOutOfRange);
    }

    /// <summary>Bodies are text: what is not UTF-8 could not be given back in a JSON answer as it
    /// came.</summary>
    internal static ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            throw new HttpProtocolException(HttpError.EmptyBody);
        return Utf8.IsValid(body.Span)
            ? body
            : throw new HttpProtocolException(HttpError.WrongType("msgBody"));
    }

    private HttpAction.BatchSendMessage BatchSendMessage(HttpParameters parameters) =>
        new(
            QueueName(parameters),
            [.. parameters.Array("msgBody", MaxBatch).Select(Body)],
            DelaySeconds(parameters));

    private static HttpAction.DeleteMessage DeleteMessage(HttpParameters parameters) =>
        new(QueueName(parameters), ReceiptHandle.Read(parameters.Text("receiptHandle")));

    private static HttpAction.BatchDeleteMessage BatchDeleteMessage(HttpParameters parameters)
    {
        string name = QueueName(parameters);
        var handles = new List<ReceiptHandle>();
        foreach (ReadOnlyMemory<byte> handle in parameters.Array("receiptHandle", MaxBatch))
        {
            if (!Utf8.IsValid(handle.Span))
                throw new HttpProtocolException(HttpError.WrongType("receiptHandle"));
            handles.Add(ReceiptHandle.Read(System.Text.Encoding.UTF8.GetString(handle.Span)));
        }

        return new HttpAction.BatchDeleteMessage(name, handles);
    }
}
