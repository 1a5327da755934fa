namespace Cmq.MultiProtocol.Benchmarks.Storage;

/// <summary>What one run gave.</summary>
internal sealed record Speed(double PerSecond, double MegabytesPerSecond, double CpuMicroseconds)
{
    public static Speed Of(int commits, long bytes, TimeSpan elapsed, TimeSpan cpu) => new(
        commits / elapsed.TotalSeconds, bytes / 1e6 / elapsed.TotalSeconds, cpu.TotalMicroseconds / commits);
}
