namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Gives a group a thread of its own.</summary>
internal sealed class GroupThread : IGroupRunner
{
    private readonly GroupHost _group;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private volatile bool _stopping;
    private bool _isOver;

    public GroupThread(GroupHost group)
    {
        _group = group;
        _thread = new Thread(Run) { IsBackground = true, Name = $"group {group.Group}" };
    }

    public void Start() => _thread.Start();

    public void Wake()
    {
        // Whoever posts may outlive the group by a moment.
        lock (_gate)
        {
            if (!_isOver)
                _wake.Set();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        Wake();
        if (!_thread.ThreadState.HasFlag(ThreadState.Unstarted))
            await _ended.Task.ConfigureAwait(false);
        lock (_gate)
        {
            if (_isOver)
                return;
            _isOver = true;
            _wake.Dispose();
        }
    }

    private void Run()
    {
        while (!_stopping && _group.Step() is { } waitMs)
        {
            if (waitMs > 0)
                _wake.WaitOne((int)waitMs);
        }

        _ended.SetResult();
    }
}
