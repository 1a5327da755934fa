using System.Text;
using Cmq.MultiProtocol.Adapters.Http;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>CMQ HTTP: forms and actions, signatures, and what is stored with topics and messages.</summary>
internal static class HttpTargets
{
    private const int MaxParameters = 256;
    private const string Secret = "secret";

    private static readonly HttpActionReader Actions = new(new HttpOptions());

    public static IEnumerable<FuzzTarget> All =>
    [
        new CodecTarget<(HttpParameters Parameters, HttpAction Action)>(
            "http-parameters",
            input =>
            {
                HttpParameters parameters = HttpFormReader.Read(input, MaxParameters);
                return (parameters, Actions.Read(parameters));
            },
            IsRefusal,
            [
                Form("Action=CreateQueue&queueName=q&maxMsgHeapNum=1000000&pollingWaitSeconds=10&visibilityTimeout=30"
                    + "&msgRetentionSeconds=345600&rewindSeconds=0"),
                Form("Action=ListQueue&searchWord=a&limit=10&offset=1"),
                Form("Action=SendMessage&queueName=q&msgBody=a%20b%2B%E4%BD%A0&delaySeconds=5"),
                Form("Action=BatchSendMessage&queueName=q&msgBody.0=a&msgBody.1=b&msgBody.2=c"),
                Form("Action=BatchReceiveMessage&queueName=q&numOfMsg=16&pollingWaitSeconds=30"),
                Form("Action=BatchDeleteMessage&queueName=q&receiptHandle.1=7&receiptHandle.2=8"),
                Form("Action=RewindQueue&queueName=q&startConsumeTime=1700000000"),
                Form("Action=CreateTopic&topicName=t&filterType=1"),
                Form("Action=PublishMessage&topicName=t&msgBody=x&msgTag.0=red&routingKey=a.b"),
                Form("Action=Subscribe&topicName=t&subscriptionName=s&protocol=queue&endpoint=q&filterTag.0=red"
                    + "&notifyStrategy=BACKOFF_RETRY&notifyContentFormat=SIMPLIFIED"),
                Form("Action=SetQueueAttributes&queueName=q&deadLetterPolicy={\"deadLetterQueue\":\"d\",\"policy\":0,"
                    + "\"maxReceiveCount\":\"5\"}"),
            ]),
        new CodecTarget<bool>("http-signature", Verify, IsRefusal, Signed("HmacSHA1"), Signed("HmacSHA256")),
        new CodecTarget<HttpTarget>(
            "http-target", input => HttpTarget.Read(Encoding.Latin1.GetString(input)), IsRefusal,
            "/v2/index.php?Action=ListQueue&a=b"u8.ToArray(), "http://host:80/v2/index.php?x"u8.ToArray()),
        new CodecTarget<HttpProperties>(
            "http-properties", input => HttpPropertyBlock.Read(input), IsBroken,
            HttpPropertyBlock.Write(new HttpProperties(1_700_000_000_000, ["red", "blue"])))
        {
            // A tag that was no UTF-8 is longer once it is one.
            Write = read => read.Tags.All(IsText) ? HttpPropertyBlock.Write(read) : null,
        },
        new CodecTarget<object>(
            "http-topics", ReadTopic, exception => IsBroken(exception) || exception is RefusedException,
            TopicBlock.Write(new TopicAttributes(65_536, TopicFilter.BindingKeys, 1, 2)),
            TopicBlock.Write(new Subscription("s", "q", NotifyStrategy.BackoffRetry, ["red"], ["a.*"], 1, 2))),
    ];

    private static bool IsRefusal(Exception exception) => exception is HttpProtocolException;

    private static bool IsBroken(Exception exception) => exception is InvalidDataException;

    private static bool IsText(string tag) => !tag.Contains('\uFFFD', StringComparison.Ordinal);

    private static byte[] Form(string form) => Encoding.ASCII.GetBytes(form);

    private static bool Verify(byte[] input) => HttpSignature.Verify(Request(HttpFormReader.Read(input, MaxParameters)), Secret);

    private static HttpSignedRequest Request(HttpParameters parameters) =>
        new("POST", HttpSignedRequest.HostsOf("host:8080", 8080, []), "/v2/index.php", parameters);

    private static byte[] Signed(string method)
    {
        string form = $"Action=SendMessage&queueName=q&msg_Body=@file&SecretId=id&Timestamp=1&Nonce=2&SignatureMethod={method}";
        string signature = HttpSignature.Sign(Request(HttpFormReader.Read(Form(form), MaxParameters)), Secret);
        return Form($"{form}&Signature={Uri.EscapeDataString(signature)}");
    }

    private static object ReadTopic(byte[] input)
    {
        if (TopicBlock.TryRead(input, out TopicAttributes? topic))
            return topic;
        return TopicBlock.TryRead(input, out Subscription? subscription) ? subscription : throw new RefusedException();
    }
}
