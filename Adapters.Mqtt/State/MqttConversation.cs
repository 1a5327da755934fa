using System.Buffers;
using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>
/// One client's conversation: packets and answers of the core go in, packets come out through the writer. Owned by
/// one loop; nothing here is thread-safe, and whatever waits for the core comes back as a turn of that loop.
/// </summary>
public sealed class MqttConversation : IMqttTasks, IDisposable
{
    /// <summary>Longest reason string that is sent, in characters.</summary>
    private const int MaxReasonChars = 300;

    private readonly MqttNode _node;
    private readonly IMqttTurns _turns;
    private readonly ISubscriberSink _sink;
    private readonly MqttPeer _peer;
    private readonly MqttWriter _writer;
    private CancellationTokenSource? _stopping;
    private List<Task>? _running;
    private Task? _room;
    private IBrokerConnection? _connection;
    private MqttLink? _link;
    private MqttInbound? _inbound;
    private MqttOutbound? _outbound;
    private MqttSubscribing? _subscribing;
    private MqttClient? _client;
    private Task? _stopped;
    private bool _isBusy;
    private bool _isTakenOver;
    private bool _isStopping;
    private bool _isAnnounced;
    private bool _wantsWill = true;
    private string _endReason = "tcp_closed";

    /// <param name="node">Shared by all.</param>
    /// <param name="turns">The loop.</param>
    /// <param name="output">Where packets go.</param>
    /// <param name="sink">Given to the core; its calls must come back here as turns.</param>
    /// <param name="peer">The other end.</param>
    public MqttConversation(
        MqttNode node, IMqttTurns turns, IBufferWriter<byte> output, ISubscriberSink sink, MqttPeer peer)
    {
        _node = node;
        _turns = turns;
        _sink = sink;
        _peer = peer;
        _writer = new MqttWriter(output);
    }

    /// <summary>Unix ms; the loop sets it before whatever it hands over.</summary>
    public long NowMs { get; set; }

    public MqttPhase Phase { get; private set; }

    /// <summary>Null before CONNECT.</summary>
    public MqttVersion? Version { get; private set; }

    /// <summary>Largest packet to be read now, in bytes.</summary>
    public int MaxPacketBytes => Phase == MqttPhase.Connecting
        ? Math.Min(_node.Options.MaxConnectBytes, _node.Options.MaxPacketBytes)
        : _node.Options.MaxPacketBytes;

    /// <summary>Largest packet that is no PUBLISH, in bytes.</summary>
    public int MaxControlBytes => Phase == MqttPhase.Connecting
        ? MaxPacketBytes
        : Math.Min(_node.Options.MaxControlPacketBytes, MaxPacketBytes);

    /// <summary>The next packet may be taken now. False: stop reading, a turn will follow.</summary>
    /// <remarks>A client before 5.0 knows no receive maximum; only what waits for us holds it back, as the PUBREL that
    /// ends a QoS 2 message stands behind others.</remarks>
    public bool Accepts => !_isBusy
        && (_inbound is null || Version == MqttVersion.V5 || _inbound.Unanswered < _node.Options.ReceiveMaximum);

    /// <summary>Longest silence of the client, in ms; 0 = any. Counts while running.</summary>
    public long SilenceMs { get; private set; }

    public string? ClientId => _client?.ClientId;

    public string? UserName => _client?.UserName;

    /// <summary>Somebody listens to the figures of the node.</summary>
    public bool WantsFigures => Phase == MqttPhase.Running && _link!.Subscriptions.SysCount > 0;

    /// <summary>Publishes handed to the core so far; after each one asks for <see cref="WaitForRoomAsync"/>.</summary>
    public long Publishes => _inbound?.Publishes ?? 0;

    /// <summary>Completed at once unless too many publishes wait for their answer.</summary>
    public ValueTask WaitForRoomAsync()
    {
        if (_connection is not { } connection || Phase != MqttPhase.Running)
            return ValueTask.CompletedTask;
        ValueTask room = connection.WaitForRoomAsync(Stopping);
        return room.IsCompleted ? room : new ValueTask(_room = room.AsTask());
    }

    /// <summary>Takes one packet. Never throws for what the peer does.</summary>
    public void Receive(in MqttFrame frame)
    {
        try
        {
            if (Phase == MqttPhase.Connecting)
                Connect(frame);
            else if (Phase == MqttPhase.Running)
                Handle(frame);
        }
        catch (MqttProtocolException broken)
        {
            End(broken.Reason, broken.Message);
        }
#pragma warning disable CA1031 // Whatever a handler lets out is our fault; it costs this connection, not the node.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fault(fault);
        }
    }

    /// <summary>The bytes that came in are no packets.</summary>
    public void ReceiveGarbage(MqttProtocolException broken)
    {
        ArgumentNullException.ThrowIfNull(broken);
        End(broken.Reason, broken.Message);
    }

    public void Published(ulong tag, PublishOutcome outcome) => _inbound?.Published(tag, outcome.Reply);

    public void Delivered(Delivery delivery) =>
        Guarded(delivery, static (self, delivery) => self._outbound?.Delivered(delivery));

    public void Heard(StoredMessage message, string? shareGroup, string? pattern) => Guarded(
        (message, shareGroup, pattern),
        static (self, heard) => self._outbound?.Heard(
            MqttIncoming.From(heard.message), heard.shareGroup, heard.pattern));

    /// <summary>The same for one that was read already.</summary>
    internal void Heard(in MqttIncoming incoming, string? shareGroup, string? pattern) => Guarded(
        (incoming, shareGroup, pattern),
        static (self, heard) => self._outbound?.Heard(heard.incoming, heard.shareGroup, heard.pattern));

    /// <summary>The consumer's queue was deleted under the client's feet; a new connection makes a new one.</summary>
    public void Cancelled(int consumer)
    {
        if (_outbound?.Consumers.Exists(item => item.Number == consumer) == true)
            End(MqttReason.AdministrativeAction, "a queue of the session was deleted");
    }

    /// <summary>Another connection has the session now.</summary>
    public void TakenOver()
    {
        _isTakenOver = true;
        _node.Figures.TakenOver();
        End(MqttReason.SessionTakenOver, "the session was taken over");
    }

    /// <summary>The node stops or lost its lease.</summary>
    public void Close(string reason) => End(MqttReason.ServerShuttingDown, reason);

    /// <summary>Nothing came for <see cref="SilenceMs"/> (§3.1.2.10).</summary>
    public void KeepAliveExpired() => End(MqttReason.KeepAliveTimeout, "keep-alive timeout");

    /// <summary>Time for the node's figures.</summary>
    public void SendFigures()
    {
        if (Phase == MqttPhase.Running)
            _subscribing!.SendFigures(NowMs);
    }

    /// <summary>What a turn has gathered goes out: acknowledgements, messages, settlements, credit.</summary>
    public void EndTurn()
    {
        if (Phase != MqttPhase.Running)
            return;
        // An idle connection keeps no memory, and a task that is done keeps what it worked with.
        if (_running is not null && _running.TrueForAll(done => done.IsCompleted))
            _running = null;
        if (_running is null && _room is null or { IsCompleted: true })
        {
            _stopping?.Dispose();
            _stopping = null;
            _room = null;
        }
        Guarded(0, static (self, _) => self.SendGathered());
    }

    /// <summary>Leaves the core: what was settled counts, what is held goes back, the will is fired or dropped. Turns
    /// must go on running until the task is done.</summary>
    public Task StopAsync() => _stopped ??= LeaveAsync();

    public void Dispose() => _stopping?.Dispose();

    CancellationToken IMqttTasks.Stopping => Stopping;

    private CancellationToken Stopping => _isStopping
        ? new CancellationToken(canceled: true)
        : (_stopping ??= new CancellationTokenSource()).Token;

    void IMqttTasks.Run(Task task) => Run(new ValueTask(task), isBusy: false);

    private void SendGathered()
    {
        _inbound!.Acknowledge();
        _outbound!.Pump(NowMs);
        _link!.Settles.Flush();
        _outbound.PayCredit();
    }

    private void Connect(in MqttFrame frame)
    {
        if (frame.Type != MqttPacketType.Connect)
            throw MqttProtocolException.Broken($"{frame.Type} before CONNECT");
        if (MqttConnect.ReadVersion(frame, out byte level) is not { } version)
        {
            // A client of a later version understands the form of 5.0.
            Version = _writer.Version = level > (byte)MqttVersion.V5 ? MqttVersion.V5 : MqttVersion.V311;
            throw new MqttProtocolException(MqttReason.UnsupportedVersion, $"protocol level {level}");
        }
        Version = _writer.Version = version;
        MqttConnect packet = MqttConnect.Read(frame, version);
        _writer.MaxPacketBytes = packet.Properties.MaximumPacketBytes ?? uint.MaxValue;
        Phase = MqttPhase.Opening;
        Run(OpenAsync(packet), isBusy: true);
    }

    private async ValueTask OpenAsync(MqttConnect packet)
    {
        var opening = new MqttOpening(_node, packet);
        MqttReason reason = opening.Check();
        if (reason == MqttReason.Success && !_node.Broker.IsReady)
            reason = MqttReason.ServerUnavailable;
        Refuse(reason);
        (reason, Identity? user, NamespaceId ns) =
            await MqttLogin.EnterAsync(_node, _peer, packet, _turns, Stopping);
        Refuse(reason);
        Stopping.ThrowIfCancellationRequested();
        _connection = _node.Broker.Connect(new ConnectionOptions(user!, ns, Named(packet.Version), _peer.Name, _sink));
        (reason, _link) = await opening.OpenAsync(_connection, user!, ns, _writer, _turns, this);
        Refuse(reason);

        MqttLink link = _link!;
        ushort mostAliases = _node.Options.TopicAliasMaximum;
        MqttTopicAliases aliases = packet.Version != MqttVersion.V5 ? MqttTopicAliases.None : new(mostAliases)
        {
            OutboundMaximum = Math.Min(packet.Properties.TopicAliasMaximum ?? 0, mostAliases),
        };
        _outbound = new MqttOutbound(link, aliases, opening.Window, this);
        _inbound = new MqttInbound(link, aliases, this);
        var replay = new MqttRetainedReplay(link, _outbound, this);
        _subscribing = new MqttSubscribing(link, _outbound, replay, this);
        await _subscribing.ResumeAsync();
        if (Phase != MqttPhase.Opening)
            return;

        _writer.Packet(opening.Accepted(link.Session.IsPresent));
        Phase = MqttPhase.Running;
        SilenceMs = opening.KeepAliveSeconds * 1500L;
        _inbound.Resume(link.Session.Inbound);
        _outbound.RepeatReleases(link.Session.Released);
        _client = opening.Client(_peer, user!, _connection.Key.Owner.Node.Value, NowMs);
        _node.Figures.ClientConnected();
        if (_node.Options.Presence)
            Run(AppearAsync(_client), isBusy: false);
    }

    /// <summary>Announced as soon as the end of the client's earlier connection was, wherever that is or was: whoever
    /// follows the events must not take a client for gone that has come back.</summary>
    private async ValueTask AppearAsync(MqttClient client)
    {
        bool isThere = await _link!.Ask(_link.Session.AppearAsync(MqttPresence.Card(client), Stopping));
        if (!isThere || Phase == MqttPhase.Closed)
            return;
        _isAnnounced = true;
        Announce("connected", null);
    }

    private static string Named(MqttVersion version) => version switch
    {
        MqttVersion.V31 => "MQTT 3.1",
        MqttVersion.V311 => "MQTT 3.1.1",
        _ => "MQTT 5.0",
    };

    private static void Refuse(MqttReason reason)
    {
        if (reason != MqttReason.Success)
            throw new MqttProtocolException(reason, "CONNECT refused");
    }

    private void Handle(in MqttFrame frame)
    {
        MqttVersion version = Version!.Value;
        switch (frame.Type)
        {
            case MqttPacketType.Publish:
                _inbound!.Publish(frame);
                return;
            case MqttPacketType.PubAck:
                _outbound!.PubAck(MqttAck.Read(frame, version));
                return;
            case MqttPacketType.PubRec:
                _outbound!.PubRec(MqttAck.Read(frame, version));
                return;
            case MqttPacketType.PubRel:
                _inbound!.PubRel(MqttAck.Read(frame, version));
                return;
            case MqttPacketType.PubComp:
                _outbound!.PubComp(MqttAck.Read(frame, version));
                return;
            case MqttPacketType.Subscribe:
                Run(_subscribing!.SubscribeAsync(MqttSubscribe.Read(frame, version), NowMs), isBusy: true);
                return;
            case MqttPacketType.Unsubscribe:
                Run(_subscribing!.UnsubscribeAsync(MqttUnsubscribe.Read(frame, version)), isBusy: true);
                return;
            case MqttPacketType.PingReq when frame.Body.IsEmpty:
                _writer.PingResp();
                return;
            case MqttPacketType.Disconnect:
                Disconnect(MqttDisconnect.Read(frame, version));
                return;
            case MqttPacketType.Auth:
                MqttAuth.Read(frame, version);
                throw MqttProtocolException.Broken("AUTH without a method in CONNECT");
            case MqttPacketType.PingReq:
                throw MqttProtocolException.Malformed("PINGREQ with a body");
            default:
                throw MqttProtocolException.Broken($"{frame.Type} from a client");
        }
    }

    private void Disconnect(in MqttDisconnect packet)
    {
        if (packet.Properties.SessionExpirySeconds is { } expiry)
        {
            // A session that was to end with its connection cannot be kept now (§3.14.2.2.2).
            if (expiry > 0 && !_link!.IsPersistent)
                throw MqttProtocolException.Broken("DISCONNECT raises the session expiry from 0");
            _link!.ExpirySeconds = Math.Min(expiry, _node.Options.MaxSessionExpirySeconds);
        }
        _wantsWill = packet.Reason != MqttReason.Success;
        _endReason = "normal";
        Phase = MqttPhase.Closed;
        _ = StopAsync();
    }

    /// <summary>Lets a handler finish, now or when the core has answered. Never throws.</summary>
    private void Run(ValueTask task, bool isBusy)
    {
        if (task.IsCompletedSuccessfully)
        {
            task.GetAwaiter().GetResult();
            return;
        }
        Task running = FinishAsync(task, isBusy);
        if (running.IsCompleted)
            return;
        _running ??= [];
        _running.RemoveAll(done => done.IsCompleted);
        _running.Add(running);
    }

    private async Task FinishAsync(ValueTask task, bool isBusy)
    {
        _isBusy |= isBusy;
        try
        {
            await new MqttResume(task, _turns);
        }
        catch (MqttProtocolException broken)
        {
            End(broken.Reason, broken.Message);
        }
        catch (OperationCanceledException) when (_isStopping)
        {
            // The connection is going; nobody waits for the answer.
            Debug.Assert(_stopped is not null);
        }
#pragma warning disable CA1031 // As in Receive.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fault(fault);
        }
        finally
        {
            if (isBusy)
                _isBusy = false;
        }
    }

    /// <summary>Static actions only: this is called for every message.</summary>
    private void Guarded<T>(T argument, Action<MqttConversation, T> action)
    {
        try
        {
            action(this, argument);
        }
        catch (MqttProtocolException broken)
        {
            End(broken.Reason, broken.Message);
        }
#pragma warning disable CA1031 // As in Receive.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fault(fault);
        }
    }

    private void Fault(Exception fault)
    {
        _turns.Failed(fault);
        End(MqttReason.Unspecified, "internal error");
    }

    /// <summary>Ends the connection in the words of its version (§4.13).</summary>
    private void End(MqttReason reason, string explanation)
    {
        if (Phase == MqttPhase.Closed)
            return;
        _turns.Ended(reason, explanation);
        bool five = Version == MqttVersion.V5;
        MqttProperties words = InWords(reason, explanation);
        // Where the words are more than the client takes, the reason alone (§3.1.2.11.4).
        if (Phase == MqttPhase.Running && five)
        {
            if (!_writer.Packet(new MqttDisconnect(reason, words)))
                _writer.Packet(new MqttDisconnect(reason, MqttProperties.None));
        }
        else if (Phase == MqttPhase.Opening || (Phase == MqttPhase.Connecting && (five || IsAnswer(reason))))
        {
            if (!_writer.Packet(new MqttConnAck(false, reason, words)))
                _writer.Packet(new MqttConnAck(false, reason, MqttProperties.None));
        }
        _endReason = MqttEndReasons.Of(reason);
        Phase = MqttPhase.Closed;
        _ = StopAsync();
    }

    /// <summary>A version that we do not speak may have other properties; a long text is one of the peer's own.</summary>
    private static MqttProperties InWords(MqttReason reason, string explanation) =>
        reason == MqttReason.UnsupportedVersion || explanation.Length > MaxReasonChars
            ? MqttProperties.None
            : new MqttProperties { ReasonString = explanation };

    /// <summary>The earlier versions have a return code for few mistakes; a malformed CONNECT just closes.</summary>
    private bool IsAnswer(MqttReason reason) => Version is not null && reason == MqttReason.UnsupportedVersion;

    private void Announce(string what, string? reason)
    {
        if (_client is not { } client || _link is not { } link)
            return;
        byte[] json = MqttPresence.Json(client, reason, NowMs);
        foreach (string topic in MqttPresence.Topics(client.Node, client.ClientId, what))
            link.Broker.Publish(MqttPublications.OfNode(link.Topic, topic, json), tag: 0);
    }

    private async Task LeaveAsync()
    {
        _outbound?.ReturnAll();
        if (_client is not null)
        {
            _node.Figures.ClientDisconnected();
            _node.Figures.Subscribed(-_link!.Subscriptions.Count);
            if (_isAnnounced)
                Announce("disconnected", _endReason);
            _link.Session.Disappear();
        }
        // What runs ends in turns of its own, at the latest when it is cancelled.
        await CloseSessionAsync();
        _isStopping = true;
        _stopping?.Cancel();
        foreach (Task running in _running?.ToArray() ?? [])
            await new MqttResume(new ValueTask(running), _turns);
        if (_connection is { } connection)
            await new MqttResume(connection.DisposeAsync(), _turns);
    }

    private async ValueTask CloseSessionAsync()
    {
        if (_link is not { } link || _isTakenOver)
            return;
        try
        {
            if (_subscribing is not null && link.IsPersistent)
            {
                if (link.ExpirySeconds == 0)
                    await _subscribing.DeleteQueueAsync();
                else
                    await _subscribing.ChangeExpiryAsync();
            }
        }
        catch (MqttProtocolException unfinished)
        {
            // Its queue goes by its own clock.
            _turns.Ended(unfinished.Reason, unfinished.Message);
        }
        await link.Ask(link.Session.CloseAsync(new SessionEnd(_wantsWill, link.ExpiryMs), Stopping));
    }
}
