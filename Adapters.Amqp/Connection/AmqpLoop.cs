using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Amqp.Connection;

/// <summary>The loop of one connection. It alone touches the conversation; the socket, the clock and the
/// core only
/// wake it. One round: what the core said, what the client sent, what has come together, one flush.</summary>
internal sealed class AmqpLoop : IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly ConnectionContext _context;
    private readonly AmqpOptions _options;
    private readonly ILogger _logger;
    private readonly AmqpPeer _peer;
    private readonly AmqpWake _wake = new();
    private readonly AmqpOutput _output = new();
    private readonly AmqpInbox _inbox;
    private readonly AmqpClock _clock;
    private readonly AmqpConversation _conversation;
    private readonly Action _signal;
    private readonly Func<bool> _hasRoom;

    private readonly AmqpPending<ReadResult> _reading;
    private readonly AmqpPending<FlushResult> _flushing;
    private readonly AmqpPending<bool> _room;

    /// <summary>Bytes of whole frames that are not taken yet, and the channel of the first.</summary>
    private long _heldInput;
    private ushort _heldChannel;
    private bool _inputEnded;
    private bool _outputEnded;
    private string? _dropReason;

    public AmqpLoop(
        ConnectionContext context, IBroker broker, AmqpOptions options, TimeProvider time, ILogger logger)
    {
        _context = context;
        _options = options;
        _logger = logger;
        _peer = new AmqpPeer(
            (context.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None,
            $"{context.RemoteEndPoint} -> {context.LocalEndPoint}");
        _inbox = new AmqpInbox(_wake);
        _clock = new AmqpClock(time, options, _wake);
        _signal = _wake.Signal;
        _reading = new AmqpPending<ReadResult>(_signal);
        _flushing = new AmqpPending<FlushResult>(_signal);
        _room = new AmqpPending<bool>(_signal);
        _hasRoom = () => _output.Length < _options.MaxUnsentBytes;
        _conversation = new AmqpConversation(broker, options, _inbox, _output, _inbox, _peer, NewName)
        {
            OnError = (channel, error) => AmqpTrace.Refused(
                _logger, _context.ConnectionId, _peer.Name, _conversation?.UserName, channel, error.ReplyText),
            OnFault = fault => AmqpTrace.Failed(_logger, fault, _context.ConnectionId, _peer.Name),
        };
    }

    private bool CanTakeMore => !_room.IsActive && _hasRoom() && _conversation.Accepts(_heldChannel);

    public async Task RunAsync()
    {
        AmqpTrace.Accepted(_logger, _context.ConnectionId, _peer.Name);
        // The listener stops: the client is told in its own words, as when the node does.
        CancellationToken closing =
            _context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using CancellationTokenRegistration closed = closing.UnsafeRegister(
            static state => ((AmqpInbox)state!).Closing("shutdown"), _inbox);
        try
        {
            while (true)
            {
                bool more = Round();
                if (IsOver())
                    break;
                if (!more)
                    await _wake.WaitAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await EndAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _clock.Dispose();
        _output.Dispose();
        _conversation.Dispose();
    }

    /// <summary>22 characters of base64url out of 16 random bytes, as in RabbitMQ's own names.</summary>
    private static string NewName() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    private bool IsOver() =>
        _dropReason is not null
        || _outputEnded
        || (_inputEnded && (_heldInput == 0 || _conversation.Phase == AmqpPhase.Closed));

    /// <returns>True when there is more to do at once.</returns>
    private bool Round()
    {
        bool more = _inbox.Drain(_conversation);
        CheckRoom();
        more |= Read();
        _conversation.EndTurn(_hasRoom);
        more |= Write();
        _dropReason ??= _clock.Check(_conversation, isHeldBack: !_reading.IsActive);
        if (_output.Length > 0)
            more |= Write();
        return more;
    }

    private void CheckRoom()
    {
        if (_room.IsCompleted)
            _room.Take();
    }

    private bool Read()
    {
        if (!_reading.IsActive && !StartReading())
            return false;
        if (!_reading.IsCompleted)
        {
            // What we hold can be used now, but the pipe only wakes us for more.
            if (_heldInput > 0 && CanTakeMore)
                _context.Transport.Input.CancelPendingRead();
            return false;
        }

        ReadResult result = _reading.Take();
        _inputEnded |= result.IsCompleted;
        ReadOnlySequence<byte> input = result.Buffer;
        if (input.Length > _heldInput)
            _clock.Received();
        bool starved = Take(ref input);
        _heldInput = starved ? 0 : input.Length;
        // Examined to the end, the next read waits for new bytes; else it completes at once.
        bool wait = starved || !CanTakeMore;
        _context.Transport.Input.AdvanceTo(input.Start, wait ? result.Buffer.End : input.Start);
        return !wait || StartReading();
    }

    /// <summary>While held back we read on for signs of life, within a limit.</summary>
    /// <returns>True when a read was started.</returns>
    private bool StartReading()
    {
        bool isOver = _inputEnded && _heldInput == 0;
        if (isOver || (!CanTakeMore && (_inputEnded || _heldInput >= _options.MaxHeldInputBytes)))
            return false;
        _reading.Start(_context.Transport.Input.ReadAsync());
        return true;
    }

    /// <summary>Takes frames while it may.</summary>
    /// <returns>True when the rest is less than a frame.</returns>
    private bool Take(ref ReadOnlySequence<byte> input)
    {
        try
        {
            for (int frames = 0; frames < _options.FramesPerTurn; frames++)
            {
                if (_conversation.IsDeaf || _conversation.Phase is AmqpPhase.Closed or AmqpPhase.Refused)
                {
                    input = input.Slice(input.End);
                    return true;
                }
                if (_conversation.Phase == AmqpPhase.Header)
                {
                    if (!AmqpReader.TryReadProtocolHeader(ref input, out bool supported))
                        return true;
                    _conversation.ReceiveHeader(supported);
                    continue;
                }
                if (!AmqpReader.TryPeekChannel(input, out _heldChannel))
                {
                    _heldChannel = 0;
                    return true;
                }
                if (!CanTakeMore)
                    return false;
                if (!AmqpReader.TryReadFrame(ref input, _conversation.FrameMax, out AmqpFrame frame))
                    return true;
                long publishes = _conversation.Publishes;
                _conversation.Receive(frame);
                if (_conversation.Publishes != publishes)
                    WaitForRoom();
            }
            return false;
        }
        catch (AmqpProtocolException broken)
        {
            _conversation.ReceiveGarbage(broken);
            input = input.Slice(input.End);
            return true;
        }
    }

    private void WaitForRoom()
    {
        ValueTask room = _conversation.WaitForRoomAsync();
        if (room.IsCompletedSuccessfully)
            room.GetAwaiter().GetResult();
        else
            _room.Start(RoomAsync(room));
        CheckRoom();
    }

    private static async ValueTask<bool> RoomAsync(ValueTask room)
    {
        await room.ConfigureAwait(false);
        return true;
    }

    /// <returns>True when something was handed to the transport and more can be.</returns>
    private bool Write()
    {
        if (_flushing.IsActive)
        {
            if (!_flushing.IsCompleted)
                return false;
            _outputEnded |= _flushing.Take().IsCompleted;
        }
        if (_output.Length == 0 || _outputEnded)
            return false;
        _output.MoveTo(_context.Transport.Output, FlushBytes);
        _clock.Sent();
        _flushing.Start(_context.Transport.Output.FlushAsync());
        return _flushing.IsCompleted;
    }

    private async Task EndAsync()
    {
        if (_dropReason is not null && _conversation.Phase != AmqpPhase.Closed)
            AmqpTrace.Dropped(_logger, _context.ConnectionId, _peer.Name, _dropReason);
        else
            AmqpTrace.Ended(_logger, _context.ConnectionId, _peer.Name, _dropReason ?? "closed");

        // The conversation's own tasks go on in turns, so we go on giving them.
        Task stopped = _conversation.StopAsync();
        stopped.GetAwaiter().UnsafeOnCompleted(_signal);
        while (!stopped.IsCompleted)
        {
            await _wake.WaitAsync().ConfigureAwait(false);
            _inbox.Drain(_conversation);
        }
        await stopped.ConfigureAwait(false);
        if (_dropReason is not null && (_conversation.Phase != AmqpPhase.Closed || _output.Length > 0))
            _context.Abort(new ConnectionAbortedException(_dropReason));
    }
}
