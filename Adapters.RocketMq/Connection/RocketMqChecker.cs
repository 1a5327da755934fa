using System.Net;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>Looks again and again for transactions to ask about
/// (<see cref="RocketMqOptions.TransactionPollMs"/>), with a connection of its own to the core.</summary>
public sealed class RocketMqChecker : IAsyncDisposable
{
    private const string Namespace = "/";
    private const string Name = "transaction check";

    private readonly RocketMqDoor _door;
    private readonly NodeId _node;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public RocketMqChecker(RocketMqDoor door, NodeId node, TimeProvider time, ILogger<RocketMqChecker> logger)
    {
        _door = door;
        _node = node;
        _time = time;
        _logger = logger;
        _running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer =
            new PeriodicTimer(TimeSpan.FromMilliseconds(_door.Options.TransactionPollMs), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                if (_door.Broker.IsReady)
                    await LookAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            RocketMqTrace.CheckerEnded(_logger);
        }
    }

    /// <summary>A look that fails is followed by the next one.</summary>
    private async Task LookAsync()
    {
        try
        {
            if (_door.Broker.FindNamespace(Namespace) is not { } ns)
                return;
            var flow = new Flow();
            var user = new RocketMqSystemUser();
            IBrokerConnection connection = _door.Broker.Connect(
                new ConnectionOptions(user, ns, RocketMqConversation.Protocol, Name, flow));
            await using (connection.ConfigureAwait(false))
            {
                var peer =
                    new RocketMqPeer(Name, IPAddress.None, default, IPAddress.Loopback, GroupId.Directory);
                RocketMqLink link = _door.Link(connection, user, ns, peer, flow, _stopping.Token);
                flow.Publishing = new RocketMqPublishing(link);
                var checkBack = new RocketMqCheckBack(link, new RocketMqTopics(link), flow.Publishing, _node)
                {
                    OnGivenUp = message => RocketMqTrace.TransactionGivenUp(
                        _logger, message.Owner, message.Position, message.TimesListed, RocketMqNames.CheckedTooOften),
                };
                await checkBack.CheckAsync().ConfigureAwait(false);
            }
        }
        catch (RocketMqProtocolException refused)
        {
            RocketMqTrace.CheckFailed(_logger, refused);
        }
#pragma warning disable CA1031 // Our own fault; the node and its clients go on.
        catch (Exception fault) when (!_stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            RocketMqTrace.CheckFailed(_logger, fault);
        }
    }

    /// <summary>One look is one flow that waits for one thing at a time, so its turns may run on the
    /// pool.</summary>
    private sealed class Flow : IConnectionSink, IRocketMqTurns
    {
        public RocketMqPublishing? Publishing { get; set; }

        public void Post(Action turn) =>
            ThreadPool.UnsafeQueueUserWorkItem(static turn => turn(), turn, preferLocal: false);

        public void Published(ulong tag, PublishOutcome outcome) =>
            Post(() => Publishing!.Published(tag, outcome));

        public void Delivered(Delivery delivery) => throw new NotSupportedException();

        public void Cancelled(int consumer) => throw new NotSupportedException();

        public void Flush()
        {
            // Every answer is a turn of its own.
        }

        public void Blocked(string? reason)
        {
            // The look waits.
        }

        public void Closing(string reason)
        {
            // Whatever is asked from now on is answered with Unavailable, and the next look connects again.
        }
    }
}
