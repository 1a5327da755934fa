using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Interop.RocketMq.Raw;

/// <summary>The brokers as one client process sees them: routes by the name server, a connection per broker name, made
/// anew when it breaks. Used by one flow at a time, but for pulls.</summary>
internal sealed class RemotingCluster(string nameServer) : IDisposable
{
    private readonly Dictionary<string, RemotingClient> _clients = [];
    private readonly Lock _gate = new();
    private bool _isDisposed;

    /// <summary>Told of each new connection, before anything else is asked over it.</summary>
    public Func<RemotingClient, Task>? OnConnected { get; set; }

    /// <summary>The queues of a topic in the order in which every client sorts them; none while it has no route.</summary>
    public async Task<IReadOnlyList<RocketMqQueue>> QueuesAsync(string topic)
    {
        RocketMqJson? route = await RouteAsync(topic);
        return
        [
            .. (route?.ItemsOf("queueDatas") ?? [])
                .SelectMany(data => Enumerable.Range(0, data.IntOf("readQueueNums"))
                    .Select(number => new RocketMqQueue(topic, data.TextOf("brokerName"), number)))
                .OrderBy(queue => queue.BrokerName, StringComparer.Ordinal).ThenBy(queue => queue.QueueId),
        ];
    }

    /// <summary>The connection to a broker name.</summary>
    /// <exception cref="IOException">It has no address at the moment, or cannot be reached.</exception>
    public async Task<RemotingClient> ToAsync(string brokerName, string topic)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_clients.TryGetValue(brokerName, out RemotingClient? open) && !open.Closed.IsCompleted)
                return open;
        }
        RocketMqJson? route = await RouteAsync(topic);
        string address = (route?.ItemsOf("brokerDatas") ?? [])
            .FirstOrDefault(broker => broker.TextOf("brokerName") == brokerName)?["brokerAddrs"]?["0"]?.Text
            ?? throw new IOException($"{brokerName} has no address");
        RemotingClient client = await ConnectAsync(address);
        if (OnConnected is not null)
            await OnConnected(client);
        lock (_gate)
        {
            if (_isDisposed)
            {
                client.Dispose();
                throw new ObjectDisposedException(nameof(RemotingCluster));
            }
            if (_clients.Remove(brokerName, out RemotingClient? last))
                last.Dispose();
            _clients.Add(brokerName, client);
        }
        return client;
    }

    /// <summary>The open connections.</summary>
    public IReadOnlyList<RemotingClient> Open()
    {
        lock (_gate)
            return [.. _clients.Values.Where(client => !client.Closed.IsCompleted)];
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (RemotingClient client in _clients.Values)
                client.Dispose();
        }
    }

    /// <summary>As an administrator makes it: so many queues on one broker name.</summary>
    public static async Task CreateTopicAsync(RemotingClient broker, string topic, int queues)
    {
        var fields = new RocketMqFields();
        new CreateTopicRequest(topic, "TBW102", queues, queues, TopicConfig.PermReadWrite, "SINGLE_TAG", 0, false)
            .Write(fields);
        await broker.MustAsync(RocketMqRequestCode.UpdateAndCreateTopic, fields);
    }

    /// <returns>The queue offset.</returns>
    public static async Task<SendMessageResponse> SendAsync(
        RemotingClient broker, string topic, int queueId, string body, string properties = "", int sysFlag = 0)
    {
        var fields = new RocketMqFields();
        new SendMessageRequest("PG", topic, "TBW102", 4, queueId, sysFlag, 1, 0, properties, 0, false, null, false)
            .Write(fields, shortNames: true);
        RocketMqCommand answer =
            await broker.MustAsync(RocketMqRequestCode.SendMessageV2, fields, Encoding.UTF8.GetBytes(body));
        return SendMessageResponse.Read(answer.Fields!);
    }

    public static List<RocketMqMessage> Records(RocketMqCommand pulled)
    {
        var messages = new List<RocketMqMessage>();
        ReadOnlyMemory<byte> left = pulled.Body;
        while (RocketMqMessageReader.Read(ref left) is { } message)
            messages.Add(message);
        return messages;
    }

    private async Task<RocketMqJson?> RouteAsync(string topic)
    {
        using RemotingClient names = await ConnectAsync(nameServer);
        RocketMqCommand answer =
            await names.AskAsync(RocketMqRequestCode.GetRouteInfoByTopic, RocketMqFields.Of(new TopicRequest(topic)));
        return answer.Code == 0 ? RocketMqJson.Parse(answer.Body.Span) : null;
    }

    private static async Task<RemotingClient> ConnectAsync(string address)
    {
        try
        {
            return await RemotingClient.ConnectAsync(address);
        }
        catch (System.Net.Sockets.SocketException refused)
        {
            throw new IOException($"{address} cannot be reached", refused);
        }
    }
}
