using System.Collections.Concurrent;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet6;

/// <summary>RabbitMQ.Client 6.4.0, whose synchronous calls most applications in the field still use.</summary>
public sealed class ClassicApiTests : IClassFixture<BrokerFixture>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static int _names;

    private readonly BrokerFixture _fixture;
    private readonly IConnection _connection;
    private readonly IModel _model;

    public ClassicApiTests(BrokerFixture fixture)
    {
        _fixture = fixture;
        _connection = Connect();
        _model = _connection.CreateModel();
        _model.ConfirmSelect();
    }

    public void Dispose()
    {
        _model.Dispose();
        _connection.Dispose();
    }

    [Fact]
    public void Confirmed_messages_arrive_once_and_in_order()
    {
        string queue = Declare();
        for (int i = 0; i < 500; i++)
            Publish(queue, $"m{i}");
        _model.WaitForConfirmsOrDie(Patience);
        using var deliveries = new BlockingCollection<(ulong Tag, string Text)>();
        var consumer = new EventingBasicConsumer(_model);
        consumer.Received += (_, delivery) =>
            deliveries.Add((delivery.DeliveryTag, Encoding.UTF8.GetString(delivery.Body.Span)));
        _model.BasicConsume(queue, autoAck: false, consumer);

        for (int i = 0; i < 500; i++)
        {
            Assert.True(deliveries.TryTake(out (ulong Tag, string Text) delivery, Patience));
            Assert.Equal($"m{i}", delivery.Text);
            if (i % 50 == 49)
                _model.BasicAck(delivery.Tag, multiple: true);
        }

        Assert.Equal(0u, _model.MessageCount(queue));
    }

    [Fact]
    public void Confirms_are_counted_one_by_one()
    {
        string queue = Declare();
        using var confirmed = new BlockingCollection<ulong>();
        ulong upTo = 0;
        _model.BasicAcks += (_, ack) =>
        {
            for (upTo = ack.Multiple ? upTo : ack.DeliveryTag - 1; upTo < ack.DeliveryTag; upTo++)
                confirmed.Add(upTo + 1);
        };
        for (int i = 0; i < 100; i++)
            Publish(queue, "x");

        var seen = new HashSet<ulong>();
        while (seen.Count < 100)
        {
            Assert.True(confirmed.TryTake(out ulong number, Patience));
            seen.Add(number);
        }

        Assert.Equal(100ul, seen.Max());
    }

    [Fact]
    public void A_returned_message_comes_again_and_says_so()
    {
        string queue = Declare();
        Assert.Null(_model.BasicGet(queue, autoAck: true));
        Publish(queue, "again");
        _model.WaitForConfirmsOrDie(Patience);
        BasicGetResult first = _model.BasicGet(queue, autoAck: false);
        Assert.False(first.Redelivered);

        _model.BasicNack(first.DeliveryTag, multiple: false, requeue: true);

        BasicGetResult second = GetSoon(queue);
        Assert.True(second.Redelivered);
        Assert.Equal("again"u8, second.Body.Span);
    }

    [Theory]
    [InlineData("rejected")]
    [InlineData("expired")]
    public void A_dead_message_goes_to_the_dead_letter_queue_with_its_story(string reason)
    {
        string dead = Declare();
        string queue = Declare(new Dictionary<string, object>
        {
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = dead,
        });
        Publish(queue, "bad", properties => properties.Expiration = reason == "expired" ? "50" : null);
        _model.WaitForConfirmsOrDie(Patience);
        if (reason == "rejected")
            _model.BasicReject(_model.BasicGet(queue, autoAck: false).DeliveryTag, requeue: false);

        BasicGetResult message = GetSoon(dead);

        var deaths = Assert.IsType<List<object>>(message.BasicProperties.Headers["x-death"]);
        var death = Assert.IsType<Dictionary<string, object>>(Assert.Single(deaths));
        Assert.Equal(reason, Encoding.UTF8.GetString((byte[])death["reason"]));
        Assert.Equal(queue, Encoding.UTF8.GetString((byte[])death["queue"]));
        Assert.Equal(1L, death["count"]);
    }

    [Fact]
    public void A_queue_that_the_broker_names_is_the_connections_own()
    {
        string queue = _model.QueueDeclare().QueueName;
        Assert.StartsWith("amq.gen-", queue, StringComparison.Ordinal);
        using IConnection other = Connect();
        using IModel stranger = other.CreateModel();

        var refusal = Assert.Throws<OperationInterruptedException>(() => stranger.QueueDeclarePassive(queue));

        Assert.Equal(405, refusal.ShutdownReason.ReplyCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(131_065)]
    [InlineData(5 * 1024 * 1024)]
    public void A_body_of_any_size_comes_out_as_it_went_in(int bytes)
    {
        string queue = Declare();
        byte[] body = new byte[bytes];
        new Random(bytes).NextBytes(body);
        _model.BasicPublish("", queue, mandatory: true, basicProperties: null, body);
        _model.WaitForConfirmsOrDie(Patience);

        Assert.True(_model.BasicGet(queue, autoAck: true).Body.Span.SequenceEqual(body));
    }

    [Fact]
    public void Headers_of_every_type_come_out_as_they_went_in()
    {
        string queue = Declare();
        var headers = new Dictionary<string, object?>
        {
            ["bool"] = true,
            ["byte"] = (byte)200,
            ["sbyte"] = (sbyte)-100,
            ["short"] = (short)-30_000,
            ["int"] = int.MinValue,
            ["uint"] = uint.MaxValue,
            ["long"] = long.MinValue,
            ["float"] = 1.5f,
            ["double"] = Math.PI,
            ["decimal"] = 123.45m,
            ["bytes"] = "text"u8.ToArray(),
            ["time"] = new AmqpTimestamp(1_700_000_000),
            ["void"] = null,
            ["list"] = new List<object> { 1, "two"u8.ToArray() },
            ["table"] = new Dictionary<string, object> { ["n"] = 1L },
        };
        Publish(queue, "x", properties => properties.Headers = headers!);
        _model.WaitForConfirmsOrDie(Patience);

        IDictionary<string, object> got = _model.BasicGet(queue, autoAck: true).BasicProperties.Headers;

        Assert.Equal(headers.Keys.Order(), got.Keys.Order());
        foreach ((string name, object? value) in headers)
            Assert.Equivalent(value, got[name], strict: true);
    }

    [Fact]
    public void A_mandatory_message_without_a_queue_comes_back_before_its_confirm()
    {
        using var returned = new BlockingCollection<ushort>();
        _model.BasicReturn += (_, message) => returned.Add(message.ReplyCode);

        _model.BasicPublish("", $"nowhere-{Guid.NewGuid()}", mandatory: true, basicProperties: null, "x"u8.ToArray());
        _model.WaitForConfirmsOrDie(Patience);

        Assert.True(returned.TryTake(out ushort code, Patience));
        Assert.Equal(312, code);
    }

    [Fact]
    public async Task A_connection_recovers_by_itself_after_a_kill()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        var factory = new ConnectionFactory { Uri = broker.AmqpUri, NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200) };
        using var connection = (IAutorecoveringConnection)factory.CreateConnection();
        using IModel model = connection.CreateModel();
        model.QueueDeclare("orders", durable: true, exclusive: false, autoDelete: false);
        using var deliveries = new BlockingCollection<string>();
        var consumer = new EventingBasicConsumer(model);
        consumer.Received += (_, delivery) => deliveries.Add(Encoding.UTF8.GetString(delivery.Body.Span));
        model.BasicConsume("orders", autoAck: true, consumer);
        using var recovered = new ManualResetEventSlim();
        connection.RecoverySucceeded += (_, _) => recovered.Set();

        await broker.KillAsync();
        await broker.RestartAsync();
        Assert.True(recovered.Wait(Patience));
        model.BasicPublish("", "orders", mandatory: true, basicProperties: null, "after"u8.ToArray());

        Assert.True(deliveries.TryTake(out string? text, Patience));
        Assert.Equal("after", text);
    }

    private IConnection Connect() => new ConnectionFactory
    {
        Uri = _fixture.Broker.AmqpUri,
        AutomaticRecoveryEnabled = false,
    }.CreateConnection();

    private string Declare(Dictionary<string, object>? arguments = null) => _model.QueueDeclare(
        $"classic-{Interlocked.Increment(ref _names)}", durable: true, exclusive: false, autoDelete: false, arguments).QueueName;

    private void Publish(string queue, string body, Action<IBasicProperties>? change = null)
    {
        IBasicProperties properties = _model.CreateBasicProperties();
        properties.Persistent = true;
        change?.Invoke(properties);
        _model.BasicPublish("", queue, mandatory: true, properties, Encoding.UTF8.GetBytes(body));
    }

    private BasicGetResult GetSoon(string queue)
    {
        using var patience = new CancellationTokenSource(Patience);
        BasicGetResult? message;
        while ((message = _model.BasicGet(queue, autoAck: true)) is null)
            patience.Token.ThrowIfCancellationRequested();
        return message;
    }
}
