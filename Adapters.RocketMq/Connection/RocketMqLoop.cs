using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Connections;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>The loop of one connection. It alone touches the conversation; the socket, the clock and the core only wake
/// it. One round: what the core said, what the client sent, what has come together, one flush.</summary>
internal sealed class RocketMqLoop : IDisposable
{
    private const int PieceBytes = 16 * 1024;

    private readonly ConnectionContext _context;
    private readonly RocketMqOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RocketMqPeer _peer;
    private readonly Wake _wake = new();
    private readonly RocketMqInbox _inbox;
    private readonly RocketMqChannel _channel;
    private readonly RocketMqConversation _conversation;
    private readonly RocketMqWriter _writer = new();
    private readonly ConnectionOutput _output;
    private readonly Action _signal;
    private readonly ITimer _idle;
    private PendingResult<ReadResult> _reading;
    private Pending _room;

    /// <summary>Publishes after which there was room, or is waited for.</summary>
    private long _publishes;
    private long _lastReadAt;

    /// <summary>Requests under way, unsent output or missing room keep us from reading.</summary>
    private bool _isPaused;

    /// <summary>When the frame began that is not complete yet.</summary>
    private long? _frameBeganAt;
    private bool _inputEnded;
    private bool _isOver;
    private string? _dropReason;

    public RocketMqLoop(
        ConnectionContext context, GroupId group, RocketMqDoor door, TimeProvider time, ILogger logger)
    {
        _context = context;
        _options = door.Options;
        _time = time;
        _logger = logger;
        var remote = context.RemoteEndPoint as IPEndPoint;
        var local = context.LocalEndPoint as IPEndPoint;
        IPAddress dialled = local?.Address ?? IPAddress.Loopback;
        _peer = new RocketMqPeer(
            $"{context.RemoteEndPoint} -> {context.LocalEndPoint}",
            remote?.Address ?? IPAddress.None,
            RocketMqEndPoint.Of(remote?.Address ?? IPAddress.None, remote?.Port ?? 0),
            dialled.IsIPv4MappedToIPv6 ? dialled.MapToIPv4() : dialled,
            group);
        _inbox = new RocketMqInbox(_wake);
        int port = _peer.IsNameServer ? 0 : door.Addresses.PortOf(group);
        _channel = new RocketMqChannel(
            _peer, RocketMqEndPoint.Of(_peer.Local, port), _inbox, Send, _options.RelayTimeoutMs, time);
        _signal = _wake.Signal;
        _output = new ConnectionOutput(context.Transport.Output, PieceBytes, _signal);
        _conversation = new RocketMqConversation(door, _peer, _inbox, _inbox, _channel, Send)
        {
            OnRefused = (request, refused) => RocketMqTrace.Refused(_logger, _context.ConnectionId, _peer.Name,
                _conversation?.UserName, request.Code, (int)refused.Code, refused.Message),
            OnFault = fault => RocketMqTrace.Failed(_logger, fault, _context.ConnectionId, _peer.Name),
        };
        _lastReadAt = time.GetTimestamp();
        var half = TimeSpan.FromMilliseconds(Math.Min(_options.IdleTimeoutMs, _options.FrameTimeoutMs) / 2.0);
        _idle = time.CreateTimer(static wake => ((Wake)wake!).Signal(), _wake, half, half);
    }

    private bool CanTakeMore => !_room.IsActive && _output.Length < _options.MaxUnsentBytes
        && _conversation.InFlight < _options.MaxRequestsInFlight
        && _conversation.BytesInFlight < _options.MaxBytesInFlight;

    public async Task RunAsync()
    {
        RocketMqTrace.Accepted(_logger, _context.ConnectionId, _peer.Name, _peer.Group.Value);
        // The listener stops: clients look for another broker when the connection closes.
        CancellationToken closing =
            _context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using CancellationTokenRegistration closed = closing.UnsafeRegister(
            static inbox => ((RocketMqInbox)inbox!).Closing("shutdown"), _inbox);
        try
        {
            while (true)
            {
                bool more = Round();
                if (_dropReason is not null || _output.IsEnded || _inputEnded)
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
        _idle.Dispose();
        _output.Dispose();
        _conversation.Dispose();
    }

    /// <returns>True when there is more to do at once.</returns>
    private bool Round()
    {
        bool more = Turn();
        more |= Write();
        _dropReason ??= _inbox.ClosingReason;
        _dropReason ??= Silence();
        return more;
    }

    private bool Turn()
    {
        var turn = BrokerTurn.Begin();
        try
        {
            bool more = _inbox.Drain(_conversation);
            CheckRoom();
            AwaitRoom();
            return more | Read();
        }
        finally
        {
            turn.End();
        }
    }

    /// <summary>While we do not read, or have not taken what was read, silence says nothing of the client.</summary>
    private string? Silence()
    {
        if (_isPaused || !_reading.IsActive || _reading.IsCompleted)
            return null;
        if (_time.GetElapsedTime(_lastReadAt).TotalMilliseconds >= _options.IdleTimeoutMs)
            return "idle";
        return _frameBeganAt is { } began && _time.GetElapsedTime(began).TotalMilliseconds >= _options.FrameTimeoutMs
            ? "a frame was not complete in time"
            : null;
    }

    private bool Read()
    {
        if (!CanTakeMore)
        {
            _isPaused = true;
            return false;
        }
        if (_isPaused)
            Resume();
        if (!_reading.IsActive)
        {
            if (_inputEnded)
                return false;
            _reading.Start(_context.Transport.Input.ReadAsync(), _signal);
        }
        if (!_reading.IsCompleted)
            return false;

        ReadResult result = _reading.Take();
        _lastReadAt = _time.GetTimestamp();
        ReadOnlySequence<byte> input = result.Buffer;
        bool starved = Take(ref input);
        _inputEnded = result.IsCompleted && starved;
        // What is left is the beginning of a frame; it began now if anything was cut off in front of it.
        if (!starved || input.IsEmpty)
            _frameBeganAt = null;
        else if (_frameBeganAt is null || input.Length < result.Buffer.Length)
            _frameBeganAt = _lastReadAt;
        // Examined to the end, the next read waits for new bytes; else it completes at once.
        _context.Transport.Input.AdvanceTo(input.Start, starved ? result.Buffer.End : input.Start);
        return true;
    }

    /// <summary>What we did not take meanwhile is not the client's fault: its clocks begin again.</summary>
    private void Resume()
    {
        _isPaused = false;
        _lastReadAt = _time.GetTimestamp();
        if (_frameBeganAt is not null)
            _frameBeganAt = _lastReadAt;
    }

    /// <summary>Takes frames while it may.</summary>
    /// <returns>True when the rest is less than a frame.</returns>
    private bool Take(ref ReadOnlySequence<byte> input)
    {
        try
        {
            for (int frames = 0; frames < _options.FramesPerTurn; frames++)
            {
                if (!CanTakeMore)
                    return false;
                if (!RocketMqReader.TryRead(
                    ref input, _options.MaxFrameBytes, _options.MaxHeaderBytes, out RocketMqCommand? command))
                {
                    return true;
                }
                Take(command!);
            }
            return false;
        }
        catch (RocketMqProtocolException broken)
        {
            _dropReason = broken.Message;
            input = input.Slice(input.End);
            return true;
        }
    }

    private void Take(RocketMqCommand command)
    {
        if (command.IsResponse)
        {
            _channel.Answered(command);
            return;
        }
        _conversation.Receive(command);
        AwaitRoom();
    }

    /// <summary>After whatever may have published: a request at once, or one that had to wait for something before.
    /// </summary>
    private void AwaitRoom()
    {
        if (_room.IsActive || _conversation.Publishes == _publishes)
            return;
        _publishes = _conversation.Publishes;
        _room.Start(_conversation.WaitForRoomAsync(), _signal);
        CheckRoom();
    }

    private void CheckRoom()
    {
        if (_room.IsCompleted)
            _room.Take();
    }

    private void Send(RocketMqCommand command)
    {
        if (!_isOver && !_output.IsEnded)
            _writer.Write(command, _output);
    }

    /// <returns>True when something was handed to the transport and more can be.</returns>
    private bool Write() => _output.Send() > 0 && _output.IsFlushed;

    private async Task EndAsync()
    {
        if (_dropReason is not null)
            RocketMqTrace.Dropped(_logger, _context.ConnectionId, _peer.Name, _dropReason);
        else
            RocketMqTrace.Ended(_logger, _context.ConnectionId, _peer.Name, "closed");

        _isOver = true;
        _channel.Close();
        await _wake.WaitForEndAsync(_conversation.StopAsync(), () => _inbox.Drain(_conversation)).ConfigureAwait(false);
        if (_dropReason is not null)
            _context.Abort(new ConnectionAbortedException(_dropReason));
    }
}
