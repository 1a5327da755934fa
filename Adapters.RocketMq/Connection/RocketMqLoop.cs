using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>The loop of one connection. It alone touches the conversation; the socket, the clock and the core
/// only wake it. One round: what the core said, what the client sent, what has come together, one
/// flush.</summary>
internal sealed class RocketMqLoop : IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly ConnectionContext _context;
    private readonly RocketMqOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RocketMqPeer _peer;
    private readonly RocketMqWake _wake = new();
    private readonly RocketMqInbox _inbox;
    private readonly RocketMqChannel _channel;
    private readonly RocketMqConversation _conversation;
    private readonly RocketMqWriter _writer = new();
    private readonly RocketMqOutput _output = new();
    private readonly ITimer _idle;
    private readonly RocketMqPending<ReadResult> _reading;
    private readonly RocketMqPending<FlushResult> _flushing;
    private readonly RocketMqPending<bool> _room;

    private long _lastReadAt;
    private bool _inputEnded;
    private bool _outputEnded;
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
        _reading = new RocketMqPending<ReadResult>(_wake.Signal);
        _flushing = new RocketMqPending<FlushResult>(_wake.Signal);
        _room = new RocketMqPending<bool>(_wake.Signal);
        _conversation = new RocketMqConversation(door, _peer, _inbox, _inbox, _channel, Send)
        {
            OnRefused = (request, refused) => RocketMqTrace.Refused(_logger, _context.ConnectionId, _peer.Name,
                _conversation?.UserName, request.Code, (int)refused.Code, refused.Message),
            OnFault = fault => RocketMqTrace.Failed(_logger, fault, _context.ConnectionId, _peer.Name),
        };
        _lastReadAt = time.GetTimestamp();
        var half = TimeSpan.FromMilliseconds(_options.IdleTimeoutMs / 2.0);
        _idle = time.CreateTimer(static wake => ((RocketMqWake)wake!).Signal(), _wake, half, half);
    }

    private bool CanTakeMore => !_room.IsActive && _output.Length < _options.MaxUnsentBytes
        && _conversation.InFlight < _options.MaxRequestsInFlight;

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
                if (_dropReason is not null || _outputEnded || _inputEnded)
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
        bool more = _inbox.Drain(_conversation);
        if (_room.IsCompleted)
            _room.Take();
        more |= Read();
        more |= Write();
        _dropReason ??= _inbox.ClosingReason;
        // While we do not read, silence says nothing of the client.
        if (_reading.IsActive && _time.GetElapsedTime(_lastReadAt).TotalMilliseconds >= _options.IdleTimeoutMs)
            _dropReason ??= "idle";
        return more;
    }

    private bool Read()
    {
        if (!_reading.IsActive)
        {
            if (_inputEnded || !CanTakeMore)
                return false;
            _reading.Start(_context.Transport.Input.ReadAsync());
        }
        if (!_reading.IsCompleted || !CanTakeMore)
            return false;

        ReadResult result = _reading.Take();
        _lastReadAt = _time.GetTimestamp();
        ReadOnlySequence<byte> input = result.Buffer;
        bool starved = Take(ref input);
        _inputEnded = result.IsCompleted && starved;
        // Examined to the end, the next read waits for new bytes; else it completes at once.
        _context.Transport.Input.AdvanceTo(input.Start, starved ? result.Buffer.End : input.Start);
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
        long publishes = _conversation.Publishes;
        _conversation.Receive(command);
        if (_conversation.Publishes == publishes)
            return;
        ValueTask room = _conversation.WaitForRoomAsync();
        if (room.IsCompletedSuccessfully)
            room.GetAwaiter().GetResult();
        else
            _room.Start(RoomAsync(room));
    }

    private static async ValueTask<bool> RoomAsync(ValueTask room)
    {
        await room.ConfigureAwait(false);
        return true;
    }

    private void Send(RocketMqCommand command)
    {
        if (!_outputEnded)
            _writer.Write(command, _output);
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
        _flushing.Start(_context.Transport.Output.FlushAsync());
        return _flushing.IsCompleted;
    }

    private async Task EndAsync()
    {
        if (_dropReason is not null)
            RocketMqTrace.Dropped(_logger, _context.ConnectionId, _peer.Name, _dropReason);
        else
            RocketMqTrace.Ended(_logger, _context.ConnectionId, _peer.Name, "closed");

        _outputEnded = true;
        _channel.Close();
        // The conversation's own tasks go on in turns, so we go on giving them.
        Task stopped = _conversation.StopAsync();
        stopped.GetAwaiter().UnsafeOnCompleted(_wake.Signal);
        while (!stopped.IsCompleted)
        {
            await _wake.WaitAsync().ConfigureAwait(false);
            _inbox.Drain(_conversation);
        }
        await stopped.ConfigureAwait(false);
        if (_dropReason is not null)
            _context.Abort(new ConnectionAbortedException(_dropReason));
    }
}
