using System.Text;
using System.Text.Unicode;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>Reads the actions on topics and subscriptions (spec sections 4.3 and 4.4).</summary>
internal sealed class HttpTopicActionReader(HttpOptions options)
{
    private const int MaxBatch = 16;
    private const int MaxFilters = 5;
    private const int MaxTagLength = 16;
    private const int MaxKeyBytes = 64;
    private const int MaxDots = 15;
    private const int MaxTopicsListed = 50;
    private const int MaxSubscriptionsListed = 100;

    /// <param name="action">Its name in capitals.</param>
    /// <param name="parameters">All parameters.</param>
    /// <returns>Null when it is none of these.</returns>
    /// <exception cref="HttpProtocolException">A parameter is missing or wrong.</exception>
    public HttpAction? Read(string action, HttpParameters parameters) => action switch
    {
        "CREATETOPIC" => new HttpAction.CreateTopic(
            NewName(parameters, "topicName", HttpError.BadTopicName), MaxMsgSize(parameters), Filter(parameters)),
        "SETTOPICATTRIBUTES" => new HttpAction.SetTopicAttributes(TopicName(parameters), MaxMsgSize(parameters)),
        "GETTOPICATTRIBUTES" => new HttpAction.GetTopicAttributes(TopicName(parameters)),
        "DELETETOPIC" => new HttpAction.DeleteTopic(TopicName(parameters)),
        "LISTTOPIC" => new HttpAction.ListTopic(HttpPage.Read(parameters, MaxTopicsListed)),
        "PUBLISHMESSAGE" => new HttpAction.PublishMessage(
            TopicName(parameters),
            HttpActionReader.Body(parameters.Bytes("msgBody")),
            MsgTags(parameters),
            RoutingKey(parameters)),
        "BATCHPUBLISHMESSAGE" => new HttpAction.BatchPublishMessage(
            TopicName(parameters),
            [.. parameters.Array("msgBody", MaxBatch).Select(HttpActionReader.Body)],
            MsgTags(parameters),
            RoutingKey(parameters)),
        "SUBSCRIBE" => Subscribe(parameters),
        "UNSUBSCRIBE" => new HttpAction.Unsubscribe(TopicName(parameters), SubscriptionName(parameters)),
        "LISTSUBSCRIPTIONBYTOPIC" => new HttpAction.ListSubscriptionByTopic(
            TopicName(parameters), HttpPage.Read(parameters, MaxSubscriptionsListed)),
        "GETSUBSCRIPTIONATTRIBUTES" => new HttpAction.GetSubscriptionAttributes(
            TopicName(parameters), SubscriptionName(parameters)),
        "SETSUBSCRIPTIONATTRIBUTES" => SetSubscriptionAttributes(parameters),
        "CLEARSUBSCRIPTIONFILTERTAGS" => new HttpAction.ClearSubscriptionFilterTags(
            TopicName(parameters), SubscriptionName(parameters)),
        _ => null,
    };

    private static string TopicName(HttpParameters parameters)
    {
        string name = parameters.Text("topicName");
        return HttpActionReader.IsName(name) ? name : throw new HttpProtocolException(HttpError.BadTopicName);
    }

    private static string SubscriptionName(HttpParameters parameters) =>
        NewName(parameters, "subscriptionName", HttpError.BadSubscriptionName);

    private static string NewName(HttpParameters parameters, string parameter, HttpError error)
    {
        string name = parameters.Text(parameter);
        return HttpActionReader.IsNewName(name) ? name : throw new HttpProtocolException(error);
    }

    private int? MaxMsgSize(HttpParameters parameters) =>
        (int?)parameters.OptionalNumber("maxMsgSize", 1_024, options.MaxMessageBytes);

    /// <summary>Some wrappers send 0 for the default.</summary>
    private static TopicFilter Filter(HttpParameters parameters) =>
        parameters.OptionalNumber("filterType", 0, 2) == 2 ? TopicFilter.BindingKeys : TopicFilter.Tags;

    private static HttpAction.Subscribe Subscribe(HttpParameters parameters)
    {
        string topic = TopicName(parameters);
        string name = SubscriptionName(parameters);
        string endpoint = parameters.Text("endpoint");
        switch (parameters.Text("protocol").ToUpperInvariant())
        {
            case "QUEUE":
                break;
            case "HTTP" or "HTTPS":
                throw new HttpProtocolException(HttpError.NoHttpEndpoints);
            default:
                throw new HttpProtocolException(HttpError.UndefinedProtocol);
        }

        if (!HttpActionReader.IsName(endpoint))
            throw new HttpProtocolException(HttpError.IllegalEndpoint);
        CheckFormat(parameters);
        return new HttpAction.Subscribe(
            topic,
            name,
            endpoint,
            Strategy(parameters) ?? NotifyStrategy.ExponentialDecayRetry,
            FilterTags(parameters) ?? [],
            BindingKeys(parameters) ?? []);
    }

    private static HttpAction.SetSubscriptionAttributes SetSubscriptionAttributes(HttpParameters parameters)
    {
        CheckFormat(parameters);
        return new HttpAction.SetSubscriptionAttributes(
            TopicName(parameters),
            SubscriptionName(parameters),
            Strategy(parameters),
            FilterTags(parameters),
            BindingKeys(parameters));
    }

    /// <summary>For a queue it can be SIMPLIFIED only; but the SDKs' own defaults say JSON, so that is taken,
    /// too, and means the same.</summary>
    private static void CheckFormat(HttpParameters parameters)
    {
        if (Given(parameters, "notifyContentFormat") is not (null or "JSON" or "SIMPLIFIED"))
            throw new HttpProtocolException(HttpError.UndefinedFormat);
    }

    private static NotifyStrategy? Strategy(HttpParameters parameters) => Given(parameters, "notifyStrategy") switch
    {
        null => null,
        "BACKOFF_RETRY" => NotifyStrategy.BackoffRetry,
        "EXPONENTIAL_DECAY_RETRY" => NotifyStrategy.ExponentialDecayRetry,
        _ => throw new HttpProtocolException(HttpError.UndefinedStrategy),
    };

    private static string? Given(HttpParameters parameters, string name) =>
        parameters.OptionalText(name) is { } text and not ("" or "undefined") ? text : null;

    private static List<string> MsgTags(HttpParameters parameters) =>
        Texts(parameters, "msgTag", MaxTagLength, HttpError.TooManyMsgTags) ?? [];

    /// <summary>A wildcard in a tag would be taken as one when tags become binding keys.</summary>
    private static IReadOnlyList<string>? FilterTags(HttpParameters parameters)
    {
        IReadOnlyList<string>? tags = Texts(parameters, "filterTag", MaxTagLength, HttpError.TooManyFilterTags);
        return tags is null || !tags.Any(tag => tag.AsSpan().ContainsAny('*', '#'))
            ? tags
            : throw new HttpProtocolException(HttpError.OutOfRange("filterTag"));
    }

    private static IReadOnlyList<string>? BindingKeys(HttpParameters parameters)
    {
        IReadOnlyList<string>? keys = Texts(parameters, "bindingKey", MaxKeyBytes, HttpError.TooManyBindingKeys);
        foreach (string key in keys ?? [])
            CheckKey("bindingKey", key);
        return keys;
    }

    private static string? RoutingKey(HttpParameters parameters)
    {
        if (parameters.OptionalText("routingKey") is not { } key)
            return null;
        CheckKey("routingKey", key);
        return key.AsSpan().ContainsAny('*', '#')
            ? throw new HttpProtocolException(HttpError.OutOfRange("routingKey"))
            : key;
    }

    private static void CheckKey(string parameter, string key)
    {
        if (Encoding.UTF8.GetByteCount(key) > MaxKeyBytes)
            throw new HttpProtocolException(HttpError.OutOfRange(parameter));
        if (key.Count(letter => letter == '.') > MaxDots)
            throw new HttpProtocolException(HttpError.TooManyDots);
    }

    /// <returns>Null when there are none.</returns>
    private static List<string>? Texts(HttpParameters parameters, string name, int maxLength, HttpError tooMany)
    {
        if (!parameters.HasArray(name))
            return null;
        var texts = new List<string>();
        foreach (ReadOnlyMemory<byte> element in parameters.Array(name, MaxBatch))
        {
            if (!Utf8.IsValid(element.Span))
                throw new HttpProtocolException(HttpError.WrongType(name));
            string text = Encoding.UTF8.GetString(element.Span);
            if (text.Length == 0 || text.Length > maxLength)
                throw new HttpProtocolException(HttpError.OutOfRange(name));
            texts.Add(text);
        }

        return texts.Count <= MaxFilters ? texts : throw new HttpProtocolException(tooMany);
    }
}
