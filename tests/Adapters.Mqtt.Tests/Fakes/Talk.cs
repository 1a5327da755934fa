using System.Buffers;
using System.Net;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;

/// <summary>A conversation fed by hand: packets in, packets out, all on the test's thread.</summary>
internal sealed class Talk : ISubscriberSink, IMqttTurns, IDisposable
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Queue<Action> _inbox = [];
    private int _names;

    public Talk(
        FakeBroker? broker = null, MqttOptions? options = null, MqttVersion version = MqttVersion.V5, IPAddress? peer = null,
        bool isForeignPage = false)
    {
        // The runner's context would take continuations to other threads; everything here is to run where it is fed.
        SynchronizationContext.SetSynchronizationContext(null);
        Broker = broker ?? new FakeBroker();
        Version = version;
        // Presence has tests of its own; elsewhere its publishes would only be in the way.
        Node = new MqttNode(Broker, options ?? new MqttOptions { Presence = false }, new MqttFigures(0),
            () => $"name-{++_names}");
        Conversation = new MqttConversation(
            Node, this, _output, this, new MqttPeer(peer ?? IPAddress.Loopback, 4_711, "client -> server",
                isForeignPage));
    }

    public FakeBroker Broker { get; }

    public MqttNode Node { get; }

    public MqttVersion Version { get; }

    public FakeBrokerConnection Link { get; private set; } = null!;

    public MqttConversation Conversation { get; }

    public List<Exception> Faults { get; } = [];

    public List<(MqttReason Reason, string Explanation)> Ends { get; } = [];

    public Queue<MqttFrame> Sent { get; } = [];

    /// <summary>False: the output takes nothing more.</summary>
    public bool HasRoom { get; set; } = true;

    public static MqttConnect Connect(MqttVersion version, string clientId, bool clean = true, uint? expiry = null,
        MqttProperties? properties = null, MqttWill? will = null, string? user = null, string? password = null) =>
        new(version, clean, 60, clientId, will, user, password is null ? default(ReadOnlyMemory<byte>?) : Packets.Utf8(password),
            version != MqttVersion.V5 ? MqttProperties.None
            : (properties ?? MqttProperties.None) with { SessionExpirySeconds = expiry });

    /// <summary>A client that is connected.</summary>
    public static Talk Open(FakeBroker? broker = null, MqttVersion version = MqttVersion.V5, string clientId = "c",
        bool clean = true, uint? expiry = null, MqttProperties? properties = null, MqttOptions? options = null,
        MqttWill? will = null)
    {
        var talk = new Talk(broker, options, version);
        talk.Send(Connect(version, clientId, clean, expiry, properties, will));
        Assert.Equal(MqttReason.Success, talk.Expect<MqttConnAck>().Reason);
        return talk;
    }

    public void Send(MqttConnect packet)
    {
        Feed(Packets.Bytes(packet));
        Turn();
        if (Broker.Connections.Count > 0)
            Link = Broker.Connections[^1];
    }

    public void Send<T>(T packet)
        where T : struct, IMqttPacket<T>
    {
        Feed(Packets.Bytes(packet, Version));
        Turn();
    }

    public void Publish(string topic, string payload, MqttQoS qos = 0, ushort id = 0, bool retain = false,
        bool dup = false, MqttMessageProperties? properties = null)
    {
        Feed(Packets.Bytes(Packets.Publish(topic, payload, qos, id, retain, dup, properties), Version));
        Turn();
    }

    /// <summary>Subscribes and expects the QoS to be granted.</summary>
    public void Subscribe(string filter, MqttQoS qos, int? identifier = null, bool noLocal = false,
        bool retainAsPublished = false, MqttRetainHandling retain = MqttRetainHandling.Send)
    {
        Send(new MqttSubscribe(77, [new MqttFilter(filter, qos, noLocal, retainAsPublished, retain)],
            identifier is null ? MqttProperties.None : new MqttProperties { SubscriptionIdentifier = identifier }));
        Assert.Equal([(MqttReason)qos], Expect<MqttSubAck>().Reasons);
    }

    public void Feed(byte[] bytes)
    {
        Conversation.NowMs = Broker.NowMs;
        var input = new ReadOnlySequence<byte>(bytes);
        while (MqttReader.TryRead(ref input, Conversation.MaxPacketBytes, Conversation.Version, out MqttFrame frame,
            Conversation.MaxControlBytes))
        {
            Assert.True(Conversation.Accepts, "the connection would not be read now");
            Conversation.Receive(frame);
        }
        Assert.True(input.IsEmpty);
    }

    /// <summary>What the core has said, then the end of the turn; as often as something happens.</summary>
    public void Turn()
    {
        do
        {
            Conversation.NowMs = Broker.NowMs;
            while (_inbox.TryDequeue(out Action? action))
                action();
            Conversation.EndTurn();
        }
        while (_inbox.Count > 0);
        Assert.Empty(Faults);
        var written = new ReadOnlySequence<byte>(_output.WrittenMemory.ToArray());
        _output.Clear();
        while (MqttReader.TryRead(ref written, int.MaxValue, Version, out MqttFrame frame))
            Sent.Enqueue(frame);
    }

    public T Expect<T>()
        where T : struct, IMqttPacket<T> => T.Read(Next(default(T).PacketType), Version);

    public MqttAck ExpectAck(MqttPacketType type, ushort id, MqttReason reason = MqttReason.Success)
    {
        MqttAck ack = MqttAck.Read(Next(type), Version);
        // Whether anybody listens is told, and is no matter of most tests.
        MqttReason told = ack.Reason == MqttReason.NoMatchingSubscribers && reason == MqttReason.Success ? reason : ack.Reason;
        Assert.Equal((id, reason), (ack.PacketId, told));
        return ack;
    }

    public MqttPublish ExpectPublish(string topic, string payload, MqttQoS? qos = null)
    {
        MqttPublish publish = MqttPublish.Read(Next(MqttPacketType.Publish), Version);
        Assert.Equal((topic, payload), (publish.Topic, System.Text.Encoding.UTF8.GetString(publish.Payload.ToArray())));
        if (qos is { } expected)
            Assert.Equal(expected, publish.QoS);
        return publish;
    }

    public void ExpectNothing()
    {
        Turn();
        Assert.Empty(Sent.Select(frame => frame.Type));
    }

    /// <summary>The connection ends: with a DISCONNECT in 5.0, without a word before.</summary>
    public void ExpectEnd(MqttReason reason)
    {
        Turn();
        if (Version == MqttVersion.V5)
            Assert.Equal(reason, Expect<MqttDisconnect>().Reason);
        Assert.Empty(Sent);
        Assert.Equal(reason, Ends[0].Reason);
        Assert.Equal(MqttPhase.Closed, Conversation.Phase);
    }

    /// <summary>The socket is gone.</summary>
    public void Drop()
    {
        _ = Conversation.StopAsync();
        Turn();
    }

    public void Published(ulong tag, PublishOutcome outcome) => Post(() => Conversation.Published(tag, outcome));

    public void Delivered(Delivery delivery) => Post(() => Conversation.Delivered(delivery));

    public void Heard(StoredMessage message, string? shareGroup, string? pattern) =>
        Post(() => Conversation.Heard(message, shareGroup, pattern));

    public void TakenOver(string session) => Post(Conversation.TakenOver);

    public void Cancelled(int consumer) => Post(() => Conversation.Cancelled(consumer));

    public void Flush()
    {
    }

    public void Blocked(string? reason)
    {
    }

    public void Closing(string reason) => Post(() => Conversation.Close(reason));

    public void Post(Action turn) => _inbox.Enqueue(turn);

    public void Ended(MqttReason reason, string explanation) => Ends.Add((reason, explanation));

    public void Failed(Exception fault) => Faults.Add(fault);

    public void Dispose() => Conversation.Dispose();

    private MqttFrame Next(MqttPacketType type)
    {
        Turn();
        Assert.True(Sent.Count > 0, $"expected {type}, got nothing");
        MqttFrame frame = Sent.Dequeue();
        Assert.Equal(type, frame.Type);
        return frame;
    }
}
