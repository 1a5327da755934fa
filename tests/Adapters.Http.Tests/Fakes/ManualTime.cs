namespace Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;

/// <summary>A clock that tests set.</summary>
public sealed class ManualTime(DateTimeOffset now) : TimeProvider
{
    private long _ms = now.ToUnixTimeMilliseconds();

    public long NowMs => Volatile.Read(ref _ms);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ms, (long)by.TotalMilliseconds);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}
