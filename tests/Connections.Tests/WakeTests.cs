namespace Cmq.MultiProtocol.Connections.Tests;

public sealed class WakeTests
{
    private readonly Wake _wake = new();

    [Fact]
    public void Without_a_turn_on_the_thread_nobody_would_wake_later() => Assert.False(WakeList.TryAdd(_wake));

    /// <summary>All on one thread: it has one list.</summary>
    [Fact]
    public void Whoever_a_turn_speaks_to_is_woken_once_it_is_over_in_every_turn()
    {
        for (int turn = 0; turn < 3; turn++)
        {
            Task woken = _wake.WaitAsync().AsTask();
            Speak(words: 2, during: () => Assert.False(woken.IsCompleted));
            Assert.True(SpinWait.SpinUntil(() => woken.IsCompleted, TimeSpan.FromSeconds(20)));
        }
    }

    [Fact]
    public async Task A_long_turn_wakes_those_that_it_spoke_to_first()
    {
        Task woken = _wake.WaitAsync().AsTask();
        Speak(words: 4_096, during: () => Assert.True(
            SpinWait.SpinUntil(() => woken.IsCompleted, TimeSpan.FromSeconds(20))));
        await woken;
    }

    /// <summary>Two turns on two threads speak to the same one: neither may count on the other.</summary>
    [Fact]
    public async Task A_turn_wakes_also_whom_another_one_is_to_wake_later()
    {
        using var spoken = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        Task woken = _wake.WaitAsync().AsTask();
        Task other = Task.Factory.StartNew(
            () => Speak(words: 1, during: () =>
            {
                spoken.Set();
                end.Wait(TimeSpan.FromSeconds(20));
            }),
            TaskCreationOptions.LongRunning);
        spoken.Wait(TimeSpan.FromSeconds(20));
        Speak(words: 1, during: () => Assert.False(woken.IsCompleted));
        await woken.WaitAsync(TimeSpan.FromSeconds(20));

        woken = _wake.WaitAsync().AsTask();
        end.Set();
        await other;
        await woken.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void A_loop_that_waits_goes_on_right_where_it_is_woken_if_that_is_allowed()
    {
        int thread = 0;
        Task waiting = WaitAsync();
        _wake.SignalHere();
        Assert.True(waiting.IsCompleted);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);

        async Task WaitAsync()
        {
            await _wake.WaitAsync().ConfigureAwait(false);
            thread = Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public async Task Until_the_end_each_signal_gives_a_turn()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int turns = 0;
        _wake.Signal();
        Task ended = _wake.WaitForEndAsync(end.Task, () =>
        {
            if (++turns == 3)
                end.SetResult();
            else
                _wake.Signal();
        });
        await ended.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(3, turns);
    }

    [Fact]
    public async Task An_end_without_a_signal_is_seen_and_so_is_its_failure()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task ended = _wake.WaitForEndAsync(end.Task, () => { });
        Assert.False(ended.IsCompleted);
        end.SetException(new IOException());
        await Assert.ThrowsAsync<IOException>(() => ended.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private void Speak(int words, Action during)
    {
        WakeList list = WakeList.Begin();
        try
        {
            for (int word = 0; word < words; word++)
                Assert.True(WakeList.TryAdd(_wake));
            during();
        }
        finally
        {
            list.End();
        }
    }
}
