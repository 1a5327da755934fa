using Cmq.MultiProtocol.Adapters.Amqp.Connection;
using Cmq.MultiProtocol.Adapters.Http.Connection;
using Cmq.MultiProtocol.Adapters.Mqtt.Connection;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Host.Admin;
using Cmq.MultiProtocol.Host.Configuration;
using Cmq.MultiProtocol.Host.Listeners;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host;

/// <summary>One run of the node: admin first, then the store and the peers, then, when it holds its lease, the
/// clients; and the same backwards.</summary>
internal sealed class NodeProcess
{
    private readonly HostOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _log;
    private readonly TextWriter _output;
    private readonly TextWriter _errors;

    /// <summary>In the order in which they were opened.</summary>
    private readonly List<Listener> _nodeListeners = [];

    private readonly List<Listener> _clientListeners = [];

    private readonly BlockStock _clientBlocks = ListenerPlans.ClientBlocks();

    /// <summary>What serves the client listeners and has something to put away.</summary>
    private readonly List<IAsyncDisposable> _handlers = [];

    private volatile BrokerNode? _node;
    private volatile Action? _endPolls;
    private volatile bool _stopping;
    private StoreDamageException? _damage;

    public NodeProcess(
        HostOptions options, TimeProvider time, ILoggerFactory loggers, TextWriter output, TextWriter errors)
    {
        _options = options;
        _time = time;
        _loggers = loggers;
        _log = loggers.CreateLogger<NodeProcess>();
        _output = output;
        _errors = errors;
    }

    /// <summary>Runs until <paramref name="stop"/> or until the node fails.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        int code;
        try
        {
            await StartAsync(stop);
            await Task.WhenAny(_node!.Failed, Task.Delay(Timeout.Infinite, stop));
            code = Failure(_node) is { } failure ? Failed(failure) : ExitCode.Stopped;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            code = ExitCode.Stopped;
        }
        catch (Exception failure) when (DamageIn(failure) is null && failure is StartException or LogStoreException)
        {
            await _errors.WriteLineAsync($"cmqd: {failure.Message}");
            code = ExitCode.Failed;
        }
        catch (Exception failure)
        {
            code = Failed(failure);
        }

        bool isStopped = await StopAsync();
        if (_damage is null)
            return isStopped ? code : ExitCode.Failed;
        // Last, behind all that the stop had to say.
        await _errors.WriteLineAsync(DamageText.Of(_damage, _options.Node));
        return ExitCode.Damaged;
    }

    private static Exception? Failure(BrokerNode node) => node.Failed.IsCompleted
        ? node.Failed.Exception?.GetBaseException() ?? new InvalidOperationException("The node ended by itself")
        : null;

    private int Failed(Exception failure)
    {
        _damage = DamageIn(failure);
        if (_damage is null)
            _log.NodeFailed(failure);
        return ExitCode.Failed;
    }

    private static StoreDamageException? DamageIn(Exception? failure)
    {
        while (failure is not null and not StoreDamageException)
            failure = failure.InnerException;
        return (StoreDamageException?)failure;
    }

    private async Task StartAsync(CancellationToken stop)
    {
        ReloadingCertificate? certificate = _options.Tls is { } files
            ? new ReloadingCertificate(files, _time, _loggers.CreateLogger<ReloadingCertificate>())
            : null;

        var admin = new AdminEndpoint(
            _options.Node.Id,
            State,
            () => _node?.Status,
            (ns, queue) => _node?.FindPlace(ns, queue),
            new NodeOperations(() => _node));
        await OpenAsync(ListenerPlans.Admin(_options, admin), _nodeListeners, null, stop);
        NodeOptions nodeOptions = _options.Node with { PropertyReaders = ListenerPlans.PropertyReaders };
        BrokerNode node = _node = await BrokerNode.StartAsync(nodeOptions, _time, _loggers, stop);
        await OpenAsync(ListenerPlans.Cluster(_options, node), _nodeListeners, null, stop);
        await WhenReadyAsync(node, stop);

        if (node.NewAccessKey is { } key)
            await _output.WriteLineAsync($"access key {key.SecretId} {key.SecretKey}");
        var amqp = new AmqpConnection(node.Broker, _options.Amqp, _time, _loggers.CreateLogger<AmqpConnection>());
        var http = new HttpEndpoint(node.Broker, _options.Http, _time, _loggers.CreateLogger<HttpEndpoint>());
        _handlers.Add(http);
        _endPolls = http.Stop;
        var mqtt = new MqttConnection(node.Broker, _options.Mqtt, _time, _loggers);
        _handlers.Add(mqtt);
        await OpenAsync(ListenerPlans.Clients(_options, amqp, http), _clientListeners, certificate, stop);
        await OpenAsync(MqttListeners.Plans(_options, mqtt), _clientListeners, certificate, stop);
        var rocketMq = new RocketMqListeners(_options, node, _time, _loggers);
        _handlers.Add(rocketMq.Checker);
        await rocketMq.OpenAsync(plan => OpenAsync(plan, _clientListeners, certificate: null, stop), stop);
        await _output.WriteLineAsync($"serving node {_options.Node.Id}");
        await _output.FlushAsync(stop);
    }

    /// <summary>The lease may be long in coming (a majority is missing); a failure must not be waited past.</summary>
    private static async Task WhenReadyAsync(BrokerNode node, CancellationToken stop)
    {
        Task ready = node.WhenReadyAsync(stop);
        if (await Task.WhenAny(ready, node.Failed) == node.Failed)
            throw Failure(node)!;
        await ready;
    }

    private async Task OpenAsync(
        IEnumerable<ListenerPlan> plans, List<Listener> into, ReloadingCertificate? certificate, CancellationToken stop)
    {
        foreach (ListenerPlan plan in plans)
            await OpenAsync(plan, into, certificate, stop);
    }

    private async Task<Listener> OpenAsync(
        ListenerPlan plan, List<Listener> into, ReloadingCertificate? certificate, CancellationToken stop)
    {
        if (into == _clientListeners)
            plan = plan with { Blocks = _clientBlocks };
        Listener listener = await Listener.OpenAsync(plan, certificate, _loggers, stop);
        into.Add(listener);
        await _output.WriteLineAsync($"listening {listener.Name} {listener.Bound}");
        await _output.FlushAsync(stop);
        return listener;
    }

    private NodeState State()
    {
        BrokerNode? node = _node;
        if (_stopping)
            return new NodeState(IsLive: true, IsReady: false, "stopping");
        if (node is null)
            return new NodeState(IsLive: true, IsReady: false, "starting");
        if (!node.IsLive || node.Failed.IsCompleted)
            return new NodeState(IsLive: false, IsReady: false, "failed");
        if (node.IsRemoved)
            return new NodeState(IsLive: true, IsReady: false, "removed");
        return node.IsReady
            ? new NodeState(IsLive: true, IsReady: true, "ready")
            : new NodeState(IsLive: true, IsReady: false, "waiting");
    }

    /// <summary>Clients first, at the same time; then the node, which hands over what it leads and so needs its
    /// peers; then the rest.</summary>
    /// <returns>False when something had to be left behind.</returns>
    private async Task<bool> StopAsync()
    {
        _stopping = true;
        try
        {
            _node?.CloseClients("shutdown");
            // Long polls would hold their listener open until it is cut off.
            _endPolls?.Invoke();
            await CloseAsync(_clientListeners);
            foreach (IAsyncDisposable handler in _handlers)
                await handler.DisposeAsync().AsTask().WaitAsync(_options.StopTimeout, _time);
            if (_node is { } node)
                await node.DisposeAsync().AsTask().WaitAsync(_options.StopTimeout, _time);
            await CloseAsync(_nodeListeners);
            _log.Stopped();
            return true;
        }
        catch (TimeoutException)
        {
            _log.StopTimedOut(_options.StopTimeout.TotalSeconds);
        }
        catch (Exception failure)
        {
            _log.StopFailed(failure);
        }

        return false;
    }

    private async Task CloseAsync(List<Listener> listeners)
    {
        // A node that failed has nothing to say to clients that is worth waiting for.
        TimeSpan wait = _node is { IsLive: false } ? TimeSpan.Zero : _options.StopTimeout;
        using var patience = new CancellationTokenSource(wait, _time);
        await Task.WhenAll(listeners.Select(listener => listener.StopAsync(patience.Token)));
        foreach (Listener listener in listeners)
            await listener.DisposeAsync();
    }
}
