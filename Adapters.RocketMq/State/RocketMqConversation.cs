using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>
/// One connection to a broker port or to the name server: requests and answers of the core go in, answers
/// come out, in whatever order they are ready. Owned by one loop; nothing here is thread-safe, and whatever
/// waits for the core comes back as a turn of that loop.
/// </summary>
public sealed class RocketMqConversation : IRocketMqSendAnswers, IDisposable
{
    /// <summary>For listings.</summary>
    public const string Protocol = "RocketMQ";

    private readonly RocketMqDoor _door;
    private readonly RocketMqPeer _peer;
    private readonly IRocketMqTurns _turns;
    private readonly IConnectionSink _sink;
    private readonly IRocketMqChannel _channel;
    private readonly Action<RocketMqCommand> _send;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Task> _running = [];
    private RocketMqLink? _link;
    private RocketMqHandlers? _handlers;
    private int _sends;
    private Task? _stopped;

    /// <param name="door">What all connections share.</param>
    /// <param name="turns">The loop.</param>
    /// <param name="sink">Given to the core; its calls must come back here as turns.</param>
    /// <param name="channel">This connection, for requests of ours.</param>
    /// <param name="send">Takes answers.</param>
    public RocketMqConversation(RocketMqDoor door, RocketMqPeer peer, IRocketMqTurns turns, IConnectionSink sink,
        IRocketMqChannel channel, Action<RocketMqCommand> send)
    {
        _door = door;
        _peer = peer;
        _turns = turns;
        _sink = sink;
        _channel = channel;
        _send = send;
    }

    public string? UserName => _link?.User.UserName;

    /// <summary>Requests that wait for their answer.</summary>
    public int InFlight => _running.Count + _sends;

    /// <summary>Bytes that they hold.</summary>
    public long BytesInFlight => _link?.Budget.TakenBytes ?? 0;

    /// <summary>Publishes handed to the core so far; after each one asks for <see cref="WaitForRoomAsync"/>.</summary>
    public long Publishes => _handlers?.Publishing.Count ?? 0;

    /// <summary>Told of every request that is refused: code and remark.</summary>
    public Action<RocketMqCommand, RocketMqProtocolException>? OnRefused { get; init; }

    /// <summary>Told of what is our own fault.</summary>
    public Action<Exception>? OnFault { get; init; }

    /// <summary>Completed at once unless too many publishes wait for their answer.</summary>
    public ValueTask WaitForRoomAsync() =>
        _link?.Broker.WaitForRoomAsync(_stopping.Token) ?? ValueTask.CompletedTask;

    /// <summary>Takes one request. Never throws for what the peer does.</summary>
    public void Receive(RocketMqCommand command)
    {
        if (_stopped is not null || TrySend(command))
            return;
        ValueTask<RocketMqCommand> answer = Handle(command);
        if (answer.IsCompletedSuccessfully)
        {
            Answer(command, answer.Result);
            return;
        }
        // Who has no link yet is answered at once.
        _link!.Budget.Take(command.Body.Length);
        Task running = FinishAsync(command, answer);
        _running.Add(running);
        _ = running.ContinueWith(
            done => _turns.Post(() => Finished(done, command)), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public void Published(ulong tag, PublishOutcome outcome) => _handlers?.Publishing.Published(tag, outcome);

    public void GroupChanged(string group) => _handlers?.Membership.Changed(group);

    /// <summary>Leaves the core and the groups. Turns must go on running until the task is done.</summary>
    public Task StopAsync() => _stopped ??= LeaveAsync();

    public void Dispose() => _stopping.Dispose();

    void IRocketMqSendAnswers.Begins(RocketMqCommand request)
    {
        _sends++;
        _link!.Budget.Take(request.Body.Length);
    }

    void IRocketMqSendAnswers.Sent(RocketMqCommand request, RocketMqCommand answer)
    {
        _sends--;
        _link!.Budget.Give(request.Body.Length);
        Answer(request, answer);
    }

    void IRocketMqSendAnswers.NotSent(RocketMqCommand request, Exception fault) =>
        ((IRocketMqSendAnswers)this).Sent(request, Refusal(request, fault));

    private bool TrySend(RocketMqCommand command)
    {
        bool isSend = (RocketMqRequestCode)command.Code is RocketMqRequestCode.SendMessage
            or RocketMqRequestCode.SendMessageV2 or RocketMqRequestCode.SendBatchMessage;
        if (!isSend || _peer.IsNameServer || !_door.Broker.IsReady)
            return false;
        try
        {
            return Enter(command).TrySend(command, this);
        }
#pragma warning disable CA1031 // As in Handle.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Answer(command, Refusal(command, fault));
            return true;
        }
    }

    private async ValueTask<RocketMqCommand> Handle(RocketMqCommand command)
    {
        try
        {
            if (!_door.Broker.IsReady)
                return command.Answer(RocketMqResponseCode.ServiceNotAvailable, "the broker is not ready");
            RocketMqHandlers handlers = Enter(command);
            return await _link!.Ask(_peer.IsNameServer ? handlers.AskNameServer(command) : handlers.AskBroker(command));
        }
#pragma warning disable CA1031 // Whatever a handler lets out is our fault; it costs this request, not the node.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return Refusal(command, fault);
        }
    }

    /// <summary>The answer to a request that failed.</summary>
    private RocketMqCommand Refusal(RocketMqCommand command, Exception fault)
    {
        switch (fault)
        {
            case RocketMqProtocolException refused:
                OnRefused?.Invoke(command, refused);
                return command.Answer(refused.Code, refused.Message);
            case OperationCanceledException when _stopping.IsCancellationRequested:
                return command.Answer(RocketMqResponseCode.ServiceNotAvailable, "the connection ends");
            default:
                OnFault?.Invoke(fault);
                return command.Answer(RocketMqResponseCode.SystemError, "internal error");
        }
    }

    private async Task FinishAsync(RocketMqCommand command, ValueTask<RocketMqCommand> answer) =>
        Answer(command, await new RocketMqResume<RocketMqCommand>(answer, _turns));

    private void Finished(Task running, RocketMqCommand command)
    {
        _running.Remove(running);
        _link!.Budget.Give(command.Body.Length);
    }

    private void Answer(RocketMqCommand request, RocketMqCommand answer)
    {
        if (!request.IsOneWay && !_stopping.IsCancellationRequested)
            _send(answer);
    }

    /// <summary>The connection belongs to the user of its first request; another one must connect for
    /// himself.</summary>
    private RocketMqHandlers Enter(RocketMqCommand command)
    {
        (Identity user, NamespaceId ns) = RocketMqLogin.Find(_door, _peer, command);
        if (_link is null)
        {
            IBrokerConnection connection =
                _door.Broker.Connect(new ConnectionOptions(user, ns, Protocol, _peer.Name, _sink));
            _link = _door.Link(connection, user, ns, _peer, _turns, _stopping.Token);
            _handlers = new RocketMqHandlers(_link, _peer, _channel);
        }
        else if (_link.User.UserName != user.UserName || _link.Namespace != ns)
        {
            throw RocketMqErrors.NoPermission("the connection belongs to another user");
        }
        return _handlers!;
    }

    private async Task LeaveAsync()
    {
        _door.Clients.Remove(_channel);
        _stopping.Cancel();
        foreach (Task running in _running.ToArray())
            await new RocketMqResume<bool>(DoneAsync(running), _turns);
        // A heartbeat that was under way may have come after the first time.
        _door.Clients.Remove(_channel);
        if (_link is { } link)
            await new RocketMqResume<bool>(DoneAsync(link.Broker.DisposeAsync().AsTask()), _turns);
        Debug.Assert(_stopped is not null);
    }

    private static async ValueTask<bool> DoneAsync(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }
}
