namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>Waiting for something that is promised, with a bound that only a failure reaches.</summary>
internal static class Patience
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    public static async Task UntilAsync(
        Func<bool> condition, string what, Func<Task<string>>? details = null) =>
        await UntilAsync(() => Task.FromResult(condition()), what, details);

    public static async Task UntilAsync(
        Func<Task<bool>> condition, string what, Func<Task<string>>? details = null)
    {
        using var patience = new CancellationTokenSource(Long);
        while (!await condition())
        {
            if (patience.IsCancellationRequested)
                Assert.Fail($"In vain waited for: {what}. {(details is null ? "" : await details())}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Repeats what may fail while nodes come and go.</summary>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> attempt, string what)
    {
        Exception? last = null;
        T result = default!;
        await UntilAsync(
            async () =>
            {
                try
                {
                    result = await attempt();
                    return true;
                }
                catch (Exception failure) when (Trouble.IsExpected(failure))
                {
                    last = failure;
                    return false;
                }
            },
            what,
            () => Task.FromResult($"Last: {last}"));
        return result;
    }
}
