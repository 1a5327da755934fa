using System.Buffers;
using System.Net;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.State;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

/// <summary>A node in memory, and as many conversations with it as a test wants.</summary>
internal sealed class Desk : IDisposable
{
    private readonly List<Talk> _talks = [];

    public Desk(RocketMqOptions? options = null)
    {
        Door = new RocketMqDoor(Broker, options ?? new RocketMqOptions(), Addresses);
        Client = Talk(1);
    }

    public FakeBroker Broker { get; } = new();

    public FakeAddresses Addresses { get; } = new();

    public RocketMqDoor Door { get; }

    /// <summary>A conversation with the first broker name.</summary>
    public Talk Client { get; }

    /// <summary>A send as Java producers make it.</summary>
    public static SendMessageRequest Send(string topic, int queueId = 0, string? properties = null, int sysFlag = 0) =>
        new("PG", topic, "TBW102", 4, queueId, sysFlag, 1795226804249, 7, properties, 0, false, null, false);

    /// <param name="topic">The topic.</param>
    /// <param name="queueId">The queue.</param>
    /// <param name="offset">First offset.</param>
    /// <param name="sysFlag">6: filter in the request, may wait.</param>
    /// <param name="subscription">The filter.</param>
    public static PullMessageRequest Pull(
        string topic, int queueId = 0, long offset = 0, int sysFlag = 4, string? subscription = "*") =>
        new("CG", topic, queueId, offset, 32, sysFlag, 0, 15_000, subscription, 0, null);

    /// <summary>The records in an answer's body.</summary>
    public static List<RocketMqMessage> Records(RocketMqCommand answer)
    {
        var messages = new List<RocketMqMessage>();
        ReadOnlyMemory<byte> left = answer.Body;
        while (RocketMqMessageReader.Read(ref left) is { } message)
            messages.Add(message);
        return messages;
    }

    public static string Text(RocketMqMessage message) => Encoding.UTF8.GetString(message.Body.ToArray());

    public static string Text(RocketMqCommand answer) => Encoding.UTF8.GetString(answer.Body.Span);

    /// <summary>A heartbeat of one consumer.</summary>
    public static string Heartbeat(string clientId, string group, string topic, string expression = "*", long version = 1)
    {
        string tags = expression == "*" ? "" : $"\"{expression.Replace(" || ", "\",\"")}\"";
        return $$"""
            {"clientID":"{{clientId}}","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",
            "consumeType":"CONSUME_PASSIVELY","groupName":"{{group}}","messageModel":"CLUSTERING",
            "subscriptionDataSet":[{"classFilterMode":false,"codeSet":[],"subString":"{{expression}}",
            "subVersion":{{version}},"tagsSet":[{{tags}}],"topic":"{{topic}}"}],"unitMode":false}],
            "producerDataSet":[{"groupName":"CLIENT_INNER_PRODUCER"}]}
            """;
    }

    /// <param name="group">A data group's port; 0: the name server.</param>
    /// <param name="from">The client's address; null: this machine's.</param>
    public Talk Talk(int group, IPAddress? from = null)
    {
        var talk = new Talk(Door, group, from);
        _talks.Add(talk);
        return talk;
    }

    public void Dispose()
    {
        foreach (Talk talk in _talks)
            talk.Dispose();
    }
}
