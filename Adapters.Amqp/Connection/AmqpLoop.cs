using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Connections;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Amqp.Connection;

/// <summary>The loop of one connection. It alone touches the conversation; the socket, the clock and the core only wake
/// it. One round: what the core said, what the client sent, what has come together, one flush.</summary>
internal sealed class AmqpLoop : IDisposable
{
    private const int PieceBytes = 16 * 1024;

    private readonly ConnectionContext _context;
    private readonly AmqpOptions _options;
    private readonly ILogger _logger;
    private readonly AmqpPeer _peer;
    private readonly Wake _wake = new();
    private readonly ConnectionInput _input;
    private readonly ConnectionOutput _output;
    private readonly AmqpInbox _inbox;
    private readonly AmqpClock _clock;
    private readonly AmqpConversation _conversation;
    private readonly Action _signal;
    private readonly Func<bool> _hasRoom;

    private Pending _room;

    /// <summary>Channel of the first frame that is not taken yet.</summary>
    private ushort _heldChannel;
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
        _input = new ConnectionInput(context.Transport.Input, options.MaxHeldInputBytes, _signal);
        _output = new ConnectionOutput(context.Transport.Output, PieceBytes, _signal);
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
        || _output.IsEnded
        || (_input.IsEnded && (_input.HeldBytes == 0 || _conversation.Phase == AmqpPhase.Closed));

    /// <returns>True when there is more to do at once.</returns>
    private bool Round()
    {
        bool more = Turn();
        more |= Write();
        _dropReason ??= _clock.Check(_conversation, isHeldBack: !_input.IsReading);
        if (_output.Length > 0)
            more |= Write();
        return more;
    }

    private bool Turn()
    {
        var turn = BrokerTurn.Begin();
        try
        {
            bool more = _inbox.Drain(_conversation);
            CheckRoom();
            more |= Read();
            _conversation.EndTurn(_hasRoom);
            return more;
        }
        finally
        {
            turn.End();
        }
    }

    private void CheckRoom()
    {
        if (_room.IsCompleted)
            _room.Take();
    }

    private bool Read()
    {
        if (!_input.TryRead(CanTakeMore, out ReadOnlySequence<byte> input))
            return false;
        if (input.Length > _input.HeldBytes)
            _clock.Received();
        bool isStarved = Take(ref input);
        return _input.Advance(input, isStarved, CanTakeMore);
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
        _room.Start(_conversation.WaitForRoomAsync(), _signal);
        CheckRoom();
    }

    /// <returns>True when something was handed to the transport and more can be.</returns>
    private bool Write()
    {
        if (_output.Send() == 0)
            return false;
        _clock.Sent();
        return _output.IsFlushed;
    }

    private async Task EndAsync()
    {
        if (_dropReason is not null && _conversation.Phase != AmqpPhase.Closed)
            AmqpTrace.Dropped(_logger, _context.ConnectionId, _peer.Name, _dropReason);
        else
            AmqpTrace.Ended(_logger, _context.ConnectionId, _peer.Name, _dropReason ?? "closed");

        await _wake.WaitForEndAsync(_conversation.StopAsync(), () => _inbox.Drain(_conversation)).ConfigureAwait(false);
        if (_dropReason is not null && (_conversation.Phase != AmqpPhase.Closed || _output.Length > 0))
            _context.Abort(new ConnectionAbortedException(_dropReason));
    }
}
