using System.Globalization;
using System.Text;
using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>A client of both doors that keeps its connections all the while.</summary>
internal sealed class WellBehaved : IAsyncDisposable
{
    private const string Queue = "well-behaved";

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly CmqClient _cmq;

    private WellBehaved(IConnection connection, IChannel channel, CmqClient cmq)
    {
        _connection = connection;
        _channel = channel;
        _cmq = cmq;
    }

    public int Count { get; private set; }

    public static async Task<WellBehaved> StartAsync(BrokerProcess broker)
    {
        IConnection connection = await AmqpClient.ConnectAsync(broker);
        IChannel channel = await connection.ConfirmingAsync();
        await channel.DeclareAsync(Queue);
        return new WellBehaved(connection, channel, CmqClient.Of(broker));
    }

    /// <summary>In by each door, out by the other.</summary>
    public async Task GoOnAsync()
    {
        string text = (++Count).ToString(CultureInfo.InvariantCulture);
        await _channel.SendAsync(Queue, Encoding.ASCII.GetBytes(text));
        CmqAnswer received = (await _cmq.CallAsync("ReceiveMessage", ("queueName", Queue))).Expect();
        Assert.Equal(text, received.Text("msgBody"));
        (await _cmq.CallAsync(
            "DeleteMessage", ("queueName", Queue), ("receiptHandle", received.Text("receiptHandle")))).Expect();
        (await _cmq.CallAsync("SendMessage", ("queueName", Queue), ("msgBody", text))).Expect();
        BasicGetResult? got = await _channel.BasicGetAsync(Queue, autoAck: true);
        Assert.Equal(text, Encoding.ASCII.GetString(got!.Body.Span));
    }

    public async ValueTask DisposeAsync()
    {
        _cmq.Dispose();
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
