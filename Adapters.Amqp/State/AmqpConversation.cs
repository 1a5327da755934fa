using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>
/// One client's conversation: frames and answers of the core go in, frames come out through the writer. Owned
/// by one loop; nothing here is thread-safe, and whatever waits for the core comes back as a turn of that
/// loop.
/// </summary>
public sealed partial class AmqpConversation : IDisposable
{
    /// <summary>Ids of channels go round within 24 bits.</summary>
    private const int ChannelIdMask = (1 << 24) - 1;

    private readonly IBroker _broker;
    private readonly AmqpOptions _options;
    private readonly IAmqpTurns _turns;
    private readonly IConnectionSink _sink;
    private readonly AmqpPeer _peer;
    private readonly Func<string> _newName;
    private readonly AmqpWriter _writer;
    private readonly AmqpHandshake _handshake;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<ushort, AmqpChannel> _channels = [];
    private readonly Dictionary<int, AmqpChannel> _channelsById = [];
    private readonly List<Task> _running = [];
    private AmqpLink? _link;
    private Task? _stopped;
    private bool _isBusy;
    private int _lastChannelId;
    private string? _blockedReason;
    private bool _toldBlocked;

    /// <summary>The method of the frame at hand that no channel takes, for the close method of an
    /// error.</summary>
    private AmqpMethodId _current;

    /// <param name="output">Where frames go.</param>
    /// <param name="sink">Given to the core; its calls must come back here as turns.</param>
    /// <param name="newName">22 random characters of base64url for server-made names.</param>
    public AmqpConversation(IBroker broker, AmqpOptions options, IAmqpTurns turns, IBufferWriter<byte> output,
        IConnectionSink sink, AmqpPeer peer, Func<string> newName)
    {
        _broker = broker;
        _options = options;
        _turns = turns;
        _sink = sink;
        _peer = peer;
        _newName = newName;
        _writer = new AmqpWriter(output);
        _handshake = new AmqpHandshake(broker, options, peer);
    }

    internal delegate void FieldsHandler(AmqpMethodId id, ref AmqpFieldReader fields);

    public AmqpPhase Phase { get; private set; }

    public int FrameMax => _handshake.FrameMax;

    /// <summary>Agreed; 0 = none. Counts from <see cref="AmqpPhase.Opening"/> on.</summary>
    public int HeartbeatSeconds => _handshake.HeartbeatSeconds;

    public string? UserName => _handshake.User?.UserName;

    /// <summary>Publishes handed to the core so far; after each one asks for
    /// <see cref="WaitForRoomAsync"/>.</summary>
    public long Publishes { get; private set; }

    /// <summary>Framing is lost: whatever else comes in is thrown away.</summary>
    public bool IsDeaf { get; private set; }

    /// <summary>Told of every error that is sent, with its channel (0: the connection).</summary>
    public Action<ushort, AmqpError>? OnError { get; init; }

    /// <summary>Told of what is our own fault.</summary>
    public Action<Exception>? OnFault { get; init; }

    internal bool MaySend => Phase == AmqpPhase.Running;

    internal AmqpStringCache Strings { get; } = new();

    /// <summary>Channels with confirms to send, each once.</summary>
    internal List<AmqpChannel> Confirming { get; } = [];

    /// <summary>The next frame of this channel may be taken now. False: stop reading, a turn will
    /// follow.</summary>
    public bool Accepts(ushort channel)
    {
        if (_isBusy)
            return false;
        return !_channels.TryGetValue(channel, out AmqpChannel? open)
            || open.IsClosing || (!open.IsBusy && !open.Publishing.IsFull);
    }

    /// <summary>Completed at once unless too many publishes wait for their answer.</summary>
    public ValueTask WaitForRoomAsync() =>
        _link is { } link && MaySend ? link.Broker.WaitForRoomAsync(_stopping.Token) : ValueTask.CompletedTask;

    public void ReceiveHeader(bool supported)
    {
        if (!supported)
        {
            _writer.ProtocolHeader();
            Phase = AmqpPhase.Closed;
            return;
        }
        _writer.Method(0, AmqpHandshake.Start);
        Phase = AmqpPhase.Starting;
    }

    /// <summary>Takes one frame. Never throws for what the peer does.</summary>
    public void Receive(in AmqpFrame frame)
    {
        AmqpChannel? channel = null;
        _current = 0;
        try
        {
            if (frame.Type == AmqpFrameType.Heartbeat)
            {
                if (frame.Channel != 0)
                    throw AmqpProtocolException.Unexpected(frame);
            }
            else if (frame.Channel == 0)
            {
                if (frame.Type != AmqpFrameType.Method)
                    throw AmqpProtocolException.Unexpected(frame);
                ReceiveOnZero(frame);
            }
            else if (Phase == AmqpPhase.Running)
            {
                if (!_channels.TryGetValue(frame.Channel, out channel) || channel.IsReusable)
                    channel = OpenChannel(frame);
                else
                    channel.Receive(frame);
            }
            else if (Phase < AmqpPhase.Running)
            {
                throw AmqpProtocolException.Unexpected(frame);
            }
        }
        catch (AmqpProtocolException refused)
        {
            Fail(channel, channel?.Current ?? _current, refused.Error);
        }
#pragma warning disable CA1031 // Whatever a handler lets out is our fault; it costs this connection, not the node.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fault(fault);
        }
    }

    /// <summary>The bytes that came in are no frames.</summary>
    public void ReceiveGarbage(AmqpProtocolException broken)
    {
        IsDeaf = true;
        Fail(null, 0, broken.Error);
    }

    public void Published(ulong tag, PublishOutcome outcome)
    {
        if (_channelsById.TryGetValue((int)(tag >> AmqpPublishing.NumberBits), out AmqpChannel? channel))
            channel.Publishing.Published(tag & ((1UL << AmqpPublishing.NumberBits) - 1), outcome.Reply);
    }

    public void Delivered(Delivery delivery)
    {
        if (_link is not { } link)
            return;
        if (link.Consumers.TryGetValue(delivery.Consumer, out AmqpConsumer? consumer))
            consumer.Channel.Arrived(consumer, delivery);
        else
            link.Settles.Add(delivery.Queue, delivery.Sequence, SettleOutcome.Returned);
    }

    public void Cancelled(int number)
    {
        if (_link is { } link && link.Consumers.TryGetValue(number, out AmqpConsumer? consumer))
            consumer.Channel.Cancelled(consumer);
    }

    /// <param name="reason">Null: publishing goes on. A client is told only once it has
    /// published.</param>
    public void Blocked(string? reason)
    {
        _blockedReason = reason;
        if (reason is not null)
        {
            // The core holds back who has published; its next publish is not read before it is let go.
            if (Publishes > 0)
                TellBlocked();
            return;
        }
        if (!_toldBlocked)
            return;
        _toldBlocked = false;
        if (MaySend)
            _writer.Method(0, default(ConnectionUnblocked));
    }

    /// <summary>The node stops or lost its lease.</summary>
    public void Close(string reason)
    {
        if (Phase is AmqpPhase.Tuning or AmqpPhase.Opening or AmqpPhase.Running)
            Fail(null, 0, AmqpErrors.Forced(reason));
        else if (Phase < AmqpPhase.Closing)
            Phase = AmqpPhase.Closed;
    }

    public void Heartbeat()
    {
        if (Phase is AmqpPhase.Opening or AmqpPhase.Running)
            _writer.Heartbeat();
    }

    /// <summary>What a turn has gathered goes out: settlements, confirms, deliveries, credit.</summary>
    /// <param name="hasRoom">The output takes one more message.</param>
    public void EndTurn(Func<bool> hasRoom)
    {
        if (_link is not { } link || !MaySend)
            return;
        foreach (AmqpChannel channel in Confirming)
        {
            channel.IsConfirming = false;
            channel.Publishing.Confirm();
        }
        Confirming.Clear();
        while (hasRoom() && link.Deliverable.TryDequeue(out AmqpConsuming? channel))
            channel.Deliver(hasRoom);
        link.Settles.Flush();
        foreach (AmqpConsumer consumer in link.Owed)
        {
            consumer.IsOwed = false;
            if (consumer.IsEnding || !link.Consumers.ContainsKey(consumer.Number))
                continue;
            if (consumer.TakeCredit() is > 0 and int credit)
                link.Broker.AddCredit(consumer.Number, credit);
        }
        link.Owed.Clear();
        link.Host.Forget();
    }

    /// <summary>Leaves the core: what was settled counts, what is held goes back. Turns must go on running
    /// until the task is done.</summary>
    public Task StopAsync() => _stopped ??= LeaveAsync();

    public void Dispose() => _stopping.Dispose();

    /// <summary>Hands the fields of a method frame on.</summary>
    /// <exception cref="AmqpProtocolException">505: no method frame.</exception>
    internal static void WithFields(in AmqpFrame frame, AmqpStringCache? strings, FieldsHandler handler)
    {
        if (frame.Type != AmqpFrameType.Method)
        {
            throw new AmqpProtocolException(
                AmqpCode.UnexpectedFrame, "expected method frame, got non method frame instead");
        }
        ReadOnlySpan<byte> payload = frame.Payload.IsSingleSegment ? frame.Payload.FirstSpan : frame.Payload.ToArray();
        var id = (AmqpMethodId)BinaryPrimitives.ReadUInt32BigEndian(payload);
        // Errors show the fields only, as RabbitMQ does.
        var fields = new AmqpFieldReader(payload[AmqpFrame.MethodIdBytes..], strings);
        handler(id, ref fields);
    }

    /// <summary>Lets a method finish, now or when the core has answered; until then its channel takes
    /// nothing. Never throws.</summary>
    internal void Run(AmqpChannel? channel, AmqpMethodId method, ValueTask task)
    {
        if (task.IsCompletedSuccessfully)
        {
            task.GetAwaiter().GetResult();
            return;
        }
        Task running = FinishAsync(channel, method, task);
        _running.RemoveAll(done => done.IsCompleted);
        _running.Add(running);
    }

    internal void Forget(AmqpChannel channel)
    {
        if (_channels.TryGetValue(channel.Number, out AmqpChannel? present) && present == channel)
            _channels.Remove(channel.Number);
        _channelsById.Remove(channel.Id);
        channel.Dispose();
    }

    private async Task FinishAsync(AmqpChannel? channel, AmqpMethodId method, ValueTask task)
    {
        SetBusy(channel, true);
        try
        {
            await new AmqpResume(task, _turns);
        }
        catch (AmqpProtocolException refused)
        {
            Fail(channel, method, refused.Error);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
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
            SetBusy(channel, false);
        }
    }

    private void SetBusy(AmqpChannel? channel, bool busy)
    {
        if (channel is null)
            _isBusy = busy;
        else
            channel.IsBusy = busy;
    }

    private AmqpChannel? OpenChannel(in AmqpFrame frame)
    {
        ushort number = frame.Channel;
        if (frame.Type == AmqpFrameType.Method)
            WithFields(frame, strings: null, (AmqpMethodId id, ref AmqpFieldReader _) => _current = id);
        // The answer to a close of ours that the client had already crossed with its own.
        if (_current == AmqpMethodId.ChannelCloseOk && _channels.ContainsKey(number))
            return null;
        if (_current != AmqpMethodId.ChannelOpen)
            throw new AmqpProtocolException(AmqpCode.ChannelError, "expected 'channel.open'");
        if (_channels.Remove(number, out AmqpChannel? closing))
            _channelsById.Remove(closing.Id);
        if (_channels.Count >= _handshake.ChannelMax)
        {
            _current = 0;
            throw new AmqpProtocolException(AmqpCode.NotAllowed,
                $"number of channels opened ({_channels.Count}) has reached the negotiated "
                + $"channel_max ({_handshake.ChannelMax})");
        }
        do
        {
            _lastChannelId = (_lastChannelId + 1) & ChannelIdMask;
        }
        while (_channelsById.ContainsKey(_lastChannelId));
        var channel = new AmqpChannel(number, _lastChannelId, _link!, this);
        _channels.Add(number, channel);
        _channelsById.Add(channel.Id, channel);
        channel.Send(default(ChannelOpenOk));
        return channel;
    }

    private void OnPublish()
    {
        Publishes++;
        TellBlocked();
    }

    private void TellBlocked()
    {
        if (_blockedReason is null || _toldBlocked || !_handshake.ToldOfBlocking || !MaySend)
            return;
        _toldBlocked = true;
        _writer.Method(0, new ConnectionBlocked(_blockedReason));
    }

    private void Fail(AmqpChannel? channel, AmqpMethodId method, AmqpError error)
    {
        if (Phase >= AmqpPhase.Closing)
            return;
        OnError?.Invoke(channel?.Number ?? 0, error);
        if (channel is not null && error.Scope == ErrorScope.Channel)
            channel.Fail(error);
        else if (Phase is AmqpPhase.Tuning or AmqpPhase.Opening or AmqpPhase.Running)
            SendClose(method, error);
        else
            Phase = AmqpPhase.Refused;
    }

    private void Fault(Exception fault)
    {
        OnFault?.Invoke(fault);
        Fail(null, 0, new AmqpError(AmqpCode.InternalError, ""));
    }

    private void SendClose(AmqpMethodId method, AmqpError error)
    {
        _writer.Method(0, new ConnectionClose(
            error.Code, error.ReplyText, method.ClassId, method.MethodId));
        Phase = AmqpPhase.Closing;
        _ = StopAsync();
    }

    private async Task LeaveAsync()
    {
        _link?.Settles.Flush();
        foreach (AmqpChannel channel in _channels.Values)
            channel.Dispose();
        _stopping.Cancel();
        // What runs ends in turns of its own, at the latest now that it is cancelled.
        foreach (Task running in _running.ToArray())
            await new AmqpResume(new ValueTask(running), _turns);
        if (_link is { } link)
            await new AmqpResume(link.Broker.DisposeAsync(), _turns);
    }
}
