using System.Buffers;
using System.Net;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Connections;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Connections;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>The loop of one connection. It alone touches the conversation; the socket, the clock and the core only
/// wake it. One round: what the core said, what the client sent, what has come together, one flush.</summary>
internal sealed class MqttLoop : MqttAlarm, IMqttTurns, IDisposable
{
    /// <summary>Small, for most connections send little.</summary>
    private const int PieceBytes = 4 * 1024;

    private readonly MqttTransport _transport;
    private readonly MqttServer _server;
    private readonly MqttPeer _peer;
    private readonly Wake _wake = new();
    private readonly ConnectionInput _input;
    private readonly ConnectionOutput _output;
    private readonly MqttInbox _inbox;
    private readonly MqttConversation _conversation;
    private readonly Action _signal;

    private Pending _room;
    private string? _dropReason;

    /// <summary>When the client was last heard, when the phase must have ended; monotonic ms.</summary>
    private long _heardMs;
    private long _phaseEndsMs;
    private long _figuresMs;
    private long _alarmMs = long.MaxValue;
    private MqttPhase _phase;

    public MqttLoop(MqttTransport transport, MqttServer server)
    {
        _transport = transport;
        _server = server;
        _peer = new MqttPeer(transport.Remote?.Address ?? IPAddress.None, transport.Remote?.Port ?? 0,
            $"{transport.Remote} -> {transport.Local}", transport.IsForeignPage);
        _signal = _wake.SignalHere;
        _input = new ConnectionInput(transport.Pipe.Input, server.Node.Options.MaxHeldInputBytes, _signal);
        _output = new ConnectionOutput(transport.Pipe.Output, PieceBytes, _signal);
        _inbox = new MqttInbox(_wake, server.Node);
        _phaseEndsMs = server.Wheel.NowMs + server.Node.Options.ConnectTimeoutMs;
        _conversation = new MqttConversation(server.Node, this, _output, _inbox, _peer);
    }

    public bool HasRoom => _output.Length < _server.Node.Options.MaxUnsentBytes;

    private bool CanTakeMore => !_room.IsActive && HasRoom && _conversation.Accepts;

    public override void Ring() => _wake.Signal();

    public void Post(Action turn) => _inbox.Post(turn);

    public void Ended(MqttReason reason, string explanation) => MqttTrace.Refused(_server.Logger, _transport.Id,
        _peer.Name, _conversation.ClientId, _conversation.UserName, reason, explanation);

    public void Failed(Exception fault) => MqttTrace.Failed(_server.Logger, fault, _transport.Id, _peer.Name);

    /// <summary>Serves the client until it or we end it. Never fails.</summary>
    public async Task RunAsync()
    {
        MqttTrace.Accepted(_server.Logger, _transport.Id, _peer.Name);
        // The listener stops: the client is told in its own words, as when the node does.
        CancellationTokenRegistration closing = _transport.Closing.UnsafeRegister(
            static state => ((MqttInbox)state!).Closing("shutdown"), _inbox);
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
#pragma warning disable CA1031 // It costs this connection; the node and the other clients go on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Report(failure);
        }
        await closing.DisposeAsync().ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
    }

    /// <summary><see cref="RunAsync"/> ends with it.</summary>
    public void Dispose()
    {
        _server.Wheel.Remove(this);
        _output.Dispose();
        _conversation.Dispose();
    }

    /// <summary>The client is gone, or it is our own fault.</summary>
    private void Report(Exception failure)
    {
        if (failure is IOException or ConnectionAbortedException or OperationCanceledException)
            MqttTrace.Ended(_server.Logger, _transport.Id, _peer.Name, failure.Message);
        else
            Failed(failure);
    }

    private bool IsOver() =>
        _dropReason is not null
        || _output.IsEnded
        || (_input.IsEnded && (_input.HeldBytes == 0 || _conversation.Phase == MqttPhase.Closed))
        || (_conversation.Phase == MqttPhase.Closed && _output.Length == 0 && !_output.IsFlushing);

    /// <returns>True when there is more to do at once.</returns>
    private bool Round()
    {
        WakeList others = WakeList.Begin();
        var turn = BrokerTurn.Begin();
        try
        {
            return Turn();
        }
        finally
        {
            turn.End();
            others.End();
        }
    }

    private bool Turn()
    {
        _conversation.NowMs = _server.UnixMs;
        bool more = _inbox.Drain(_conversation);
        CheckRoom();
        more |= Read();
        _conversation.EndTurn();
        more |= Write();
        CheckTime();
        if (_output.Length > 0)
            more |= Write();
        return more;
    }

    private bool Read()
    {
        if (!_input.TryRead(CanTakeMore, out ReadOnlySequence<byte> input))
            return false;
        long before = input.Length;
        bool isStarved = Take(ref input);
        if (input.Length < before)
            _heardMs = _server.Wheel.NowMs;
        return _input.Advance(input, isStarved, CanTakeMore);
    }

    /// <summary>Takes packets while it may.</summary>
    /// <returns>True when the rest is less than a packet.</returns>
    private bool Take(ref ReadOnlySequence<byte> input)
    {
        int packets = 0;
        long before = input.Length;
        try
        {
            for (; packets < _server.Node.Options.PacketsPerTurn; packets++)
            {
                if (_conversation.Phase == MqttPhase.Closed)
                {
                    input = input.Slice(input.End);
                    return true;
                }
                if (!CanTakeMore)
                    return false;
                if (!MqttReader.TryRead(ref input, _conversation.MaxPacketBytes, _conversation.Version,
                    out MqttFrame frame, _conversation.MaxControlBytes))
                {
                    return true;
                }
                long publishes = _conversation.Publishes;
                _conversation.Receive(frame);
                if (_conversation.Publishes != publishes)
                    WaitForRoom();
            }
            return false;
        }
        catch (MqttProtocolException broken)
        {
            _conversation.ReceiveGarbage(broken);
            input = input.Slice(input.End);
            return true;
        }
        finally
        {
            _server.Node.Figures.Received(packets, before - input.Length);
        }
    }

    private void WaitForRoom()
    {
        _room.Start(_conversation.WaitForRoomAsync(), _signal);
        CheckRoom();
    }

    private void CheckRoom()
    {
        if (!_room.IsCompleted)
            return;
        try
        {
            _room.Take();
        }
        catch (OperationCanceledException)
        {
            // The conversation is over; nobody publishes any more.
        }
    }

    /// <returns>True when something was handed to the transport and more can be.</returns>
    private bool Write()
    {
        int sent = _output.Send();
        if (sent == 0)
            return false;
        _server.Node.Figures.BytesSent(sent);
        return _output.IsFlushed;
    }

    /// <summary>Looks what is due, and sets the alarm for what comes next.</summary>
    private void CheckTime()
    {
        long now = _server.Wheel.NowMs;
        if (_conversation.Phase != _phase)
            Enter(now);
        if (now >= _phaseEndsMs)
        {
            _dropReason ??= _phase == MqttPhase.Connecting ? "connect timeout" : "close timeout";
            return;
        }
        // While we do not read, silence says nothing of the client.
        if (!_input.IsReading || _input.HeldBytes > 0)
            _heardMs = now;
        bool isAlive = _phase != MqttPhase.Running || _conversation.SilenceMs == 0;
        long silentMs = isAlive ? long.MaxValue : _heardMs + _conversation.SilenceMs;
        if (now >= silentMs)
        {
            _conversation.KeepAliveExpired();
            Enter(now);
            silentMs = long.MaxValue;
        }
        long next = Math.Min(Math.Min(_phaseEndsMs, silentMs), Figures(now));
        // The loop comes by often; the alarm is touched only when it would come too late.
        if (_alarmMs <= next && _alarmMs > now)
            return;
        _alarmMs = next;
        if (next < long.MaxValue)
            _server.Wheel.Set(this, next);
    }

    private void Enter(long now)
    {
        _phase = _conversation.Phase;
        _heardMs = now;
        _phaseEndsMs = _phase == MqttPhase.Closed ? now + _server.Node.Options.LingerMs : long.MaxValue;
    }

    /// <returns>When the node's figures are due next.</returns>
    private long Figures(long now)
    {
        int interval = _server.Node.Options.SysIntervalSeconds * 1000;
        if (interval == 0 || !_conversation.WantsFigures)
        {
            _figuresMs = 0;
            return long.MaxValue;
        }
        if (_figuresMs != 0 && now >= _figuresMs)
        {
            _conversation.SendFigures();
            _conversation.EndTurn();
            _figuresMs = now + interval;
        }
        return _figuresMs = _figuresMs == 0 ? now + interval : _figuresMs;
    }

    private async Task EndAsync()
    {
        if (_dropReason is not null && _conversation.Phase != MqttPhase.Closed)
            MqttTrace.Dropped(_server.Logger, _transport.Id, _peer.Name, _dropReason);
        else
            MqttTrace.Ended(_server.Logger, _transport.Id, _peer.Name, _dropReason ?? "closed");
        try
        {
            await StopAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // As in RunAsync.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Report(failure);
        }
        Dispose();
    }

    private async Task StopAsync()
    {
        _conversation.NowMs = _server.UnixMs;
        await _wake.WaitForEndAsync(_conversation.StopAsync(), () => _inbox.Drain(_conversation)).ConfigureAwait(false);
        if (_dropReason is not null)
            _transport.Abort(_dropReason);
    }
}
