namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>An error answer: code, module number and the service's own text, its typing errors included,
/// because clients compare whole messages (spec section 5).</summary>
/// <param name="Code">The answer's <c>code</c>.</param>
/// <param name="Module">The number in parentheses before the text.</param>
/// <param name="Text">The text without the number.</param>
public readonly record struct HttpError(int Code, int Module, string Text)
{
    public static readonly HttpError BadRequest = new(4000, 10000, "invalid request parameters");
    public static readonly HttpError BadQueueName = new(4000, 10020, "queue name format error");
    public static readonly HttpError BadParameters = new(4000, 10110, "request parameters error");
    public static readonly HttpError EmptyBody = new(4000, 10120, "message body can't be empty");
    public static readonly HttpError IllegalAccount =
        new(4000, 10440, "account illegal, it may be an assistant account");
    public static readonly HttpError SecretIdFormat = new(4000, 10450, "secret id dosen't begin with AKID");
    public static readonly HttpError NoPermission = new(4000, 10461, "no cam authentication");
    public static readonly HttpError MalformedReceipt = new(4000, 10470, "receiptHandle error");
    public static readonly HttpError UndefinedProtocol = new(4000, 10510, "undefined protocol");

    /// <summary>The text is ours: the service has them.</summary>
    public static readonly HttpError NoHttpEndpoints =
        new(4000, 10510, "undefined protocol, only queue is supported in this version");

    public static readonly HttpError UndefinedStrategy = new(4000, 10520, "undefined notify retry stragety");
    public static readonly HttpError UndefinedFormat = new(4000, 10530, "undefined notify content format");
    public static readonly HttpError HasSubscriptions = new(
        4000,
        10540,
        "there exists subscriptions under this topic, please unsubscribe all of them before DeleteTopic");
    public static readonly HttpError BadSubscriptionName = new(4000, 10580, "subscription name format error");
    public static readonly HttpError BadTopicName = new(4000, 10590, "topic name format error");
    public static readonly HttpError IllegalEndpoint = new(4000, 10630, "illegal endpoint");
    public static readonly HttpError TooManyFilterTags = new(4000, 10670, "too many filterTag");
    public static readonly HttpError TooManyBindingKeys = new(4000, 10680, "too many bindingKey");
    public static readonly HttpError TooManyDots = new(4000, 10691, "too many delimeters");
    public static readonly HttpError NoRoutingKey = new(4000, 10700, "parameters lack of routingKey");
    public static readonly HttpError NoBindingKey = new(4000, 10710, "parameters lack of bindingKey");
    public static readonly HttpError TooManyMsgTags = new(4000, 10720, "too many msgTag");
    public static readonly HttpError DelayOutOfRange = new(4000, 10692, "delay seconds is out of range");
    public static readonly HttpError BadSignature = new(4100, 10030, "authentication failed");
    public static readonly HttpError SecretIdDisabled = new(4100, 10080, "secret id status error");
    public static readonly HttpError SecretIdUnknown = new(4100, 10270, "secret id is not existed");
    public static readonly HttpError MessageTooLarge = new(4400, 10230, "exceed maximum message size");
    public static readonly HttpError QueueFull =
        new(4410, 10240, "reach maximum retention number of message");
    public static readonly HttpError ReceiptInvalid = new(4430, 10260, "receipt handle is invalid");
    public static readonly HttpError QueueNotFound = new(4440, 10100, "queue is not existed, or deleted");
    public static readonly HttpError TopicNotFound = new(4440, 10600, "topic is not existed, or deleted");

    /// <summary>The service's own code for it was not found (spec section 4.4).</summary>
    public static readonly HttpError SubscriptionNotFound =
        new(4440, 10600, "subscription is not existed, or deleted");

    public static readonly HttpError TooManyQueues =
        new(4450, 10220, "number of queues has reached the limit");
    public static readonly HttpError TooManyTopics =
        new(4450, 10610, "number of topics has reached the limit");
    public static readonly HttpError TopicExists = new(4460, 10550, "topic is already existed");
    public static readonly HttpError QueueExists = new(4460, 10210, "queue is already existed");
    public static readonly HttpError BatchTooLarge = new(4470, 10300, "total message size exceed 1MB");
    public static readonly HttpError SlowDown =
        new(4480, 10460, "exceed interface frequency limit, please slow down");
    public static readonly HttpError SubscriptionExists = new(4490, 10470, "subscribtion is already existed");
    public static readonly HttpError TooManySubscriptions =
        new(4500, 10480, "number of subscription has reached the limit");
    public static readonly HttpError Internal = new(6000, 10050, "server internal error");
    public static readonly HttpError ReceiveFailed = new(6000, 10130, "recieve message failed");
    public static readonly HttpError DeletePartiallyFailed =
        new(6010, 10150, "delete message partially failed");
    public static readonly HttpError BatchDeleteFailed = new(6020, 10290, "batch delete message failed");
    public static readonly HttpError NoSubscription = new(
        6030, 10650, "topic has no subscription, please create a subscription before publishing message");
    public static readonly HttpError NothingMatches =
        new(6030, 10730, "no bindingKey or filterTag matches the routingKey or msgTag");
    public static readonly HttpError NotRewindable = new(6050, 10670, "your queue cannot be rewinded");
    public static readonly HttpError TooManyHeld =
        new(6070, 10690, "too many unacked(inactive) messages or delayed messages");
    public static readonly HttpError NoMessage = new(7000, 10200, "no message");

    /// <summary>No majority answered in time. Sending again may store the message twice.</summary>
    public static readonly HttpError TimedOut = new(
        6000,
        10050,
        "server internal error, no majority of the cluster answered in time and the outcome is unknown");

    /// <summary>This node does not serve, or does not take messages, at the moment.</summary>
    public static readonly HttpError Unavailable = new(
        6000, 10050, "server internal error, the node cannot serve this request now, please try later");

    /// <summary>The answer's <c>message</c>.</summary>
    public string Message => $"({Module}){Text}";

    public static HttpError KeyFormat(string parameter) =>
        new(4000, 10310, $"error: parameter {parameter} key format error");

    public static HttpError NotRepeatable(string parameter) =>
        new(4000, 10330, $"parameter {parameter} is NOT a repeatable parameter");

    public static HttpError OutOfRange(string parameter) =>
        new(4000, 10350, $"parameter {parameter} value or length is out of range");

    public static HttpError WrongType(string parameter) =>
        new(4000, 10360, $"parameter {parameter} error type");

    public static HttpError BatchSize(string parameter) =>
        new(4000, 10370, $"{parameter} parameter batch size is out of range");

    public static HttpError NotConsecutive(string parameter) =>
        new(4000, 10380, $"{parameter} parameter is not consequent");

    public static HttpError Missing(string parameter) =>
        new(4000, 10390, $"lacked of required parameter {parameter}");

    public static HttpError WrongMethod(string method) =>
        new(4000, 10410, $"unexpected http {method} only GET or POST is supported");

    public static HttpError CannotParse(string part) =>
        new(4000, 10420, $"cannot parse {part}, or request size is more than 1MB");

    public static HttpError UnknownAction(string action) =>
        new(4000, 10430, $"action name {action} is not existed");
}
