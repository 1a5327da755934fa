using Cmq.MultiProtocol.Core.Metadata;

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

    /// <summary>What clients are told.</summary>
    internal const string LeaseLost = "this node has no connection to a majority of the cluster";

    /// <summary>A life that is refused this often was ended before it could begin, and only another one can.</summary>
    private const int MaxRefused = 100;

    private long _renewed;
    private volatile bool _hasLease;
    private volatile bool _left;

    /// <summary>By this node's own clock at this moment: a process that was suspended must not serve until the loop
    /// below has run again.</summary>
    internal bool HoldsLease => _hasLease && Time.GetElapsedTime(Interlocked.Read(ref _renewed)) <= Lease;

    private async Task KeepLeaseAsync(CancellationToken cancellation)
    {
        long incarnation = FirstIncarnation;
        NodeLife life = Begin(incarnation);
        bool registered = false;
        int refused = 0;
        long lastAsked = 0;
        IReadOnlyList<ServiceAddress> services = _services;
        Task<object?>? asking = null;
        while (true)
        {
            life.Tick();
            Subscriptions.Tick();
            Presence.Tick(IsReady, cancellation);
            bool hasNews = !ReferenceEquals(services, _services);
            if (IsRemoved && !life.IsEnded)
            {
                LoseLease(life, "this node was removed from the cluster");
                // The cluster has ended this life and answers it no more: who waits for an answer, such as a connection
                // that gives back what it held, would wait in vain.
                await life.EndAsync().ConfigureAwait(false);
            }

            if (asking is null && !_left && !IsRemoved && (!_ready || hasNews || Time.GetElapsedTime(lastAsked) >= RenewEvery))
            {
                lastAsked = Time.GetTimestamp();
                services = _services;
                var renew = new DirectoryAsk.Renew(_store.StoreId, ClusterAddress, Directory.AppliedIndex)
                {
                    Services = services,
                };
                asking = life.AskLeaseAsync(renew, cancellation);
            }

            if (asking is { IsCompleted: true })
            {
                object? said = await asking.ConfigureAwait(false);
                asking = null;
                if (said is Reply.Ok)
                {
                    // Counted from the asking: the answer may have been under way for long.
                    Interlocked.Exchange(ref _renewed, lastAsked);
                    _hasLease = true;
                    registered = true;
                    refused = 0;
                }
                else if (said is Reply.Gone && !_left && (registered || ++refused >= MaxRefused))
                {
                    GroupTrace.ToldGone(_log, Self);
                    LoseLease(life, "this node was declared gone");
                    await life.EndAsync().ConfigureAwait(false);
                    life = Begin(++incarnation);
                    registered = false;
                    refused = 0;
                }
            }

            if (_ready && !HoldsLease)
                LoseLease(life, LeaseLost);
            // Its own registration applied here means that it routes by everything that came before; what clients
            // elsewhere listen to it must have heard from their nodes.
            else if (HoldsLease && Directory.IsLive(life.Life) && Subscriptions.IsComplete(Directory))
                BecomeReady(life);
            await Task.Delay(_ready ? TimeSpan.FromMilliseconds(100) : AskAgain, Time, cancellation)
                .ConfigureAwait(false);
        }
    }

    private void BecomeReady(NodeLife life)
    {
        if (_ready || _leaving)
            return;
        life.OpenClients();
        _ready = true;
        GroupTrace.Ready(_log, Self, life.Life.Incarnation);
        _firstReady.TrySetResult();
    }

    private void LoseLease(NodeLife life, string reason)
    {
        if (_ready)
            GroupTrace.LeaseLost(_log, Self, life.Life.Incarnation);
        _ready = false;
        _hasLease = false;
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
        // From here on the lease loop asks for nothing: what it was told, gone, would begin another life.
        _left = true;
        if (!_firstReady.Task.IsCompleted || !IsLive)
            return;
        // Of a node that was removed the directory knows that it is gone.
        if (!IsRemoved)
            await life.LeaveAsync(LeaveTimeout).ConfigureAwait(false);
        await HandOverAsync().ConfigureAwait(false);
    }

    /// <summary>Lets other members lead what this one led, so that its end costs nobody an election's time.</summary>
    private async Task HandOverAsync()
    {
        NodeId[] connected;
        lock (_peersGate)
            connected = [.. _connected.Keys.Where(_members.Contains).OrderBy(node => node.Value)];
        List<RaftGroupHost> left = [];
        foreach (RaftGroupHost host in _groups.Values)
        {
            // Where it has no voice any more it is not told who leads, and needed for nothing.
            if (!host.Status.Members.Voters.Contains(Self) || (IsRemoved && host.Leader != Self))
                continue;
            NodeId[] heirs = [.. connected.Where(host.Status.Members.Voters.Contains)];
            if (heirs.Length == 0)
                continue;
            left.Add(host);
            host.Post(new GroupEvent.HandOver(heirs[host.Group.Value % heirs.Length]));
        }

        long since = Time.GetTimestamp();
        // Until the successor is known: its election may need this node's vote.
        while (left.Any(host => host.Leader == Self || host.Leader.Value == 0)
            && Time.GetElapsedTime(since) < LeaveTimeout)
            await Task.Delay(AskAgain, Time).ConfigureAwait(false);
    }
}
