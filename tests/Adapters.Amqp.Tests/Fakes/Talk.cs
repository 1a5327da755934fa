using System.Buffers;
using System.Net;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;

/// <summary>A conversation fed by hand: methods in, frames out, all on the test's thread.</summary>
internal sealed class Talk : IConnectionSink, IAmqpTurns, IDisposable
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Queue<Action> _inbox = [];
    private int _names;

    public Talk(FakeBroker? broker = null, AmqpOptions? options = null)
    {
        // The runner's context would take continuations to other threads; everything here is to run where it
        // is fed.
        SynchronizationContext.SetSynchronizationContext(null);
        Broker = broker ?? new FakeBroker();
        Conversation = new AmqpConversation(Broker, options ?? new AmqpOptions(), this, _output, this,
            new AmqpPeer(IPAddress.Loopback, "client -> server"), () => $"name-{++_names}")
        {
            OnFault = Faults.Add,
            OnError = (channel, error) => Errors.Add((channel, error)),
        };
    }

    public FakeBroker Broker { get; }

    public FakeBrokerConnection Link => Broker.Connections[^1];

    public AmqpConversation Conversation { get; }

    public List<Exception> Faults { get; } = [];

    public List<(ushort Channel, AmqpError Error)> Errors { get; } = [];

    public Queue<SentFrame> Sent { get; } = [];

    /// <summary>False: the output takes nothing more.</summary>
    public bool HasRoom { get; set; } = true;

    public static AmqpTable ClientProperties { get; } = AmqpTable.Build(table => table.Table("capabilities", inner =>
    {
        inner.Boolean("authentication_failure_close", true);
        inner.Boolean("consumer_cancel_notify", true);
        inner.Boolean("connection.blocked", true);
    }));

    /// <summary>An open connection with channel 1 open.</summary>
    public static Talk Open(FakeBroker? broker = null, AmqpOptions? options = null)
    {
        var talk = new Talk(broker, options);
        talk.Connect();
        talk.OpenChannel(1);
        return talk;
    }

    public void Connect(int frameMax = 131_072, ushort heartbeat = 0, ushort channelMax = 2_047)
    {
        Conversation.ReceiveHeader(supported: true);
        Expect<ConnectionStart>();
        Send(0, new ConnectionStartOk(ClientProperties, "PLAIN", "\0guest\0guest"u8.ToArray(), "en_US"));
        Expect<ConnectionTune>();
        Send(0, new ConnectionTuneOk(channelMax, (uint)frameMax, heartbeat));
        Send(0, new ConnectionOpen("/"));
        Expect<ConnectionOpenOk>();
    }

    public void OpenChannel(ushort number)
    {
        Send(number, default(ChannelOpen));
        Expect<ChannelOpenOk>(number);
    }

    public void Send<T>(ushort channel, in T method)
        where T : struct, IAmqpMethod<T>
    {
        Queue(channel, method);
        Turn();
    }

    /// <summary>As <see cref="Send"/>, but the turn goes on.</summary>
    public void Queue<T>(ushort channel, in T method)
        where T : struct, IAmqpMethod<T>
    {
        var input = new ArrayBufferWriter<byte>();
        new AmqpWriter(input).Method(channel, method);
        Feed(input.WrittenMemory);
    }

    public void Publish(
        ushort channel, string exchange, string key, byte[] body, byte[]? properties = null, bool mandatory = false)
    {
        QueuePublish(channel, exchange, key, body, properties, mandatory);
        Turn();
    }

    public void QueuePublish(
        ushort channel, string exchange, string key, byte[] body, byte[]? properties = null, bool mandatory = false)
    {
        var input = new ArrayBufferWriter<byte>();
        var writer = new AmqpWriter(input);
        writer.Method(channel, new BasicPublish(exchange, key, mandatory, Immediate: false));
        writer.Content(channel, properties ?? [0, 0], new ReadOnlySequence<byte>(body), 4096);
        Feed(input.WrittenMemory);
    }

    public void Feed(ReadOnlyMemory<byte> bytes)
    {
        var input = new ReadOnlySequence<byte>(bytes);
        while (AmqpReader.TryReadFrame(ref input, Conversation.FrameMax, out AmqpFrame frame))
        {
            Assert.True(Conversation.Accepts(frame.Channel), "the connection would not be read now");
            Conversation.Receive(frame);
        }
        Assert.True(input.IsEmpty);
    }

    /// <summary>What the core has said, then the end of the turn; as often as something happens.</summary>
    public void Turn()
    {
        do
        {
            while (_inbox.TryDequeue(out Action? action))
                action();
            Conversation.EndTurn(() => HasRoom);
        }
        while (_inbox.Count > 0);
        Assert.Empty(Faults);
        var written = new ReadOnlySequence<byte>(_output.WrittenMemory.ToArray());
        _output.Clear();
        while (AmqpReader.TryReadFrame(ref written, int.MaxValue - 8, out AmqpFrame frame))
            Sent.Enqueue(SentFrame.From(frame));
    }

    public T Expect<T>(ushort channel = 0)
        where T : struct, IAmqpMethod<T>
    {
        Turn();
        Assert.True(Sent.Count > 0, $"expected {T.Id}, got nothing");
        SentFrame frame = Sent.Dequeue();
        Assert.Equal(channel, frame.Channel);
        return frame.Read<T>();
    }

    /// <summary>Header and bodies of the content behind a method.</summary>
    public (byte[] Properties, byte[] Body) ExpectContent()
    {
        SentFrame header = Sent.Dequeue();
        Assert.Equal(AmqpFrameType.Header, header.Type);
        var body = new List<byte>();
        while ((ulong)body.Count < AmqpContentHeader.Read(header.Payload).BodyBytes)
        {
            SentFrame part = Sent.Dequeue();
            Assert.Equal(AmqpFrameType.Body, part.Type);
            body.AddRange(part.Payload);
        }
        return (header.Payload[AmqpContentHeader.Bytes..], [.. body]);
    }

    public void ExpectNothing()
    {
        Turn();
        Assert.Empty(Sent);
    }

    public void ExpectChannelClose(ushort channel, AmqpCode code, string text)
    {
        ChannelClose close = Expect<ChannelClose>(channel);
        Assert.Equal((code, text), (close.Code, close.Text));
        Send(channel, default(ChannelCloseOk));
    }

    public void ExpectConnectionClose(AmqpCode code, string text)
    {
        ConnectionClose close = Expect<ConnectionClose>();
        Assert.Equal((code, text), (close.Code, close.Text));
    }

    public void Published(ulong tag, PublishOutcome outcome) => Post(() => Conversation.Published(tag, outcome));

    public void Delivered(Delivery delivery) => Post(() => Conversation.Delivered(delivery));

    public void Cancelled(int consumer) => Post(() => Conversation.Cancelled(consumer));

    public void Flush()
    {
    }

    public void Blocked(string? reason) => Post(() => Conversation.Blocked(reason));

    public void Closing(string reason) => Post(() => Conversation.Close(reason));

    public void Post(Action turn) => _inbox.Enqueue(turn);

    public void Dispose() => Conversation.Dispose();
}
