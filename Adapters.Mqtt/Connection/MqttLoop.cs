using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Microsoft.AspNetCore.Connections;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>The loop of one connection. It alone touches the conversation; the socket, the clock and the core only
/// wake it. One round: what the core said, what the client sent, what has come together, one flush.</summary>
internal sealed class MqttLoop : MqttAlarm, IMqttTurns, IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly MqttTransport _transport;
    private readonly MqttServer _server;
    private readonly MqttPeer _peer;
    private readonly MqttWake _wake = new();
    private readonly MqttOutput _output = new();
    private readonly MqttInbox _inbox;
    private readonly MqttConversation _conversation;
    private readonly Action _signal;

    private MqttPending<ReadResult> _reading;
    private MqttPending<FlushResult> _flushing;
    private MqttPending<bool> _room;

    /// <summary>Bytes of packets that are not taken yet.</summary>
    private long _heldInput;
    private bool _inputEnded;
    private bool _outputEnded;
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
        || _outputEnded
        || (_inputEnded && (_heldInput == 0 || _conversation.Phase == MqttPhase.Closed))
        || (_conversation.Phase == MqttPhase.Closed && _output.Length == 0 && !_flushing.IsActive);

    /// <returns>True when there is more to do at once.</returns>
    private bool Round()
    {
        MqttWakeList others = MqttWakeList.Begin();
        try
        {
            return Turn();
        }
        finally
        {
            others.End();
        }
    }

    private bool Turn()
    {
        _conversation.NowMs = _server.UnixMs;
        bool more = _inbox.Drain(_conversation);
        if (_room.IsCompleted)
            _room.Take();
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
        if (!_reading.IsActive && !StartReading())
            return false;
        if (!_reading.IsCompleted)
        {
            // What we hold can be used now, but the pipe only wakes us for more.
            if (_heldInput > 0 && CanTakeMore)
                _transport.Pipe.Input.CancelPendingRead();
            return false;
        }

        ReadResult result = _reading.Take();
        _inputEnded |= result.IsCompleted;
        ReadOnlySequence<byte> input = result.Buffer;
        long before = input.Length;
        bool starved = Take(ref input);
        if (input.Length < before)
            _heardMs = _server.Wheel.NowMs;
        _heldInput = starved ? 0 : input.Length;
        // Examined to the end, the next read waits for new bytes; else it completes at once.
        bool wait = starved || !CanTakeMore;
        _transport.Pipe.Input.AdvanceTo(input.Start, wait ? result.Buffer.End : input.Start);
        return !wait || StartReading();
    }

    /// <summary>While held back we read on to see the end, within a limit.</summary>
    /// <returns>True when a read was started.</returns>
    private bool StartReading()
    {
        bool isOver = _inputEnded && _heldInput == 0;
        bool isFull = _inputEnded || _heldInput >= _server.Node.Options.MaxHeldInputBytes;
        if (isOver || (!CanTakeMore && isFull))
            return false;
        _reading.Start(_transport.Pipe.Input.ReadAsync(), _signal);
        return true;
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
        ValueTask room = _conversation.WaitForRoomAsync();
        if (room.IsCompletedSuccessfully)
            room.GetAwaiter().GetResult();
        else
            _room.Start(RoomAsync(room), _signal);
        if (_room.IsCompleted)
            _room.Take();
    }

    private static async ValueTask<bool> RoomAsync(ValueTask room)
    {
        try
        {
            await room.ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            // The conversation is over; nobody publishes any more.
            return false;
        }
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
        _server.Node.Figures.BytesSent(_output.MoveTo(_transport.Pipe.Output, FlushBytes));
        _flushing.Start(_transport.Pipe.Output.FlushAsync(), _signal);
        return _flushing.IsCompleted;
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
        if (!_reading.IsActive || _heldInput > 0)
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

    /// <summary>The conversation's own tasks go on in turns, so we go on giving them.</summary>
    private async Task StopAsync()
    {
        _conversation.NowMs = _server.UnixMs;
        Task stopped = _conversation.StopAsync();
        stopped.GetAwaiter().UnsafeOnCompleted(_signal);
        while (!stopped.IsCompleted)
        {
            await _wake.WaitAsync().ConfigureAwait(false);
            _inbox.Drain(_conversation);
        }
        await stopped.ConfigureAwait(false);
        if (_dropReason is not null)
            _transport.Abort(_dropReason);
    }
}
