namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>The node's lease with the directory (DESIGN section 3, Node lease).</content>
public sealed partial class BrokerNode
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    private async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            StartGroups(await FindClusterAsync(cancellation).ConfigureAwait(false));
            await KeepLeaseAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private async Task KeepLeaseAsync(CancellationToken cancellation)
    {
        long incarnation = FirstIncarnation;
        NodeLife life = Begin(incarnation);
        bool registered = false;
        long renewed = Time.GetTimestamp();
        long lastAsked = 0;
        Task<object?>? asking = null;
        while (true)
        {
            life.Tick();
            if (asking is null && (!_ready || Time.GetElapsedTime(lastAsked) >= RenewEvery))
            {
                lastAsked = Time.GetTimestamp();
                asking = life.AskLeaseAsync(_store.StoreId, ClusterAddress, cancellation);
            }

            if (asking is { IsCompleted: true })
            {
                object? said = await asking.ConfigureAwait(false);
                asking = null;
                if (said is Reply.Ok)
                {
                    // Counted from the asking: the answer may have been under way for long.
                    renewed = lastAsked;
                    registered = true;
                    BecomeReady(life);
                }
                else if (said is Reply.Gone && registered)
                {
                    GroupTrace.ToldGone(_log, Self);
                    LoseLease(life, "this node was declared gone");
                    await life.EndAsync().ConfigureAwait(false);
                    life = Begin(++incarnation);
                    registered = false;
                }
            }

            if (_ready && Time.GetElapsedTime(renewed) > Lease)
                LoseLease(life, "this node has no connection to a majority of the cluster");
            await Task.Delay(_ready ? TimeSpan.FromMilliseconds(100) : AskAgain, Time, cancellation)
                .ConfigureAwait(false);
        }
    }

    /// <summary>The directory wants a name for every node; one that has no cluster listener still has a number.</summary>
    private string ClusterAddress =>
        _options.ClusterAddress.Length > 0 ? _options.ClusterAddress : $"node-{_options.Id}";

    private void BecomeReady(NodeLife life)
    {
        if (_ready || _leaving)
            return;
        _ready = true;
        GroupTrace.Ready(_log, Self, life.Life.Incarnation);
        _firstReady.TrySetResult();
    }

    private void LoseLease(NodeLife life, string reason)
    {
        if (_ready)
            GroupTrace.LeaseLost(_log, Self, life.Life.Incarnation);
        _ready = false;
        life.CloseClients(reason);
    }

    private async Task LeaveAsync()
    {
        if (_life is not { } life)
            return;
        CloseClients("shutdown");
        long since = Time.GetTimestamp();
        while (life.ConnectionCount > 0 && Time.GetElapsedTime(since) < LeaveTimeout)
            await Task.Delay(AskAgain, Time).ConfigureAwait(false);
        if (_firstReady.Task.IsCompleted && IsLive)
            await life.LeaveAsync(LeaveTimeout).ConfigureAwait(false);
    }
}
