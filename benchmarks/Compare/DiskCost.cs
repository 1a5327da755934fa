using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>What one small write costs until the disk says that it has it.</summary>
/// <param name="SyncWriteP50Ms">An O_SYNC write of 4 KiB at the end of a file: half took at most this.</param>
/// <param name="SyncWriteP99Ms">99 % took at most this.</param>
/// <param name="FsyncP50Ms">A write of 4 KiB, then fsync: half took at most this.</param>
/// <param name="FsyncP99Ms">99 % took at most this.</param>
public sealed record DiskCost(double SyncWriteP50Ms, double SyncWriteP99Ms, double FsyncP50Ms, double FsyncP99Ms)
{
    private const int Writes = 1_000;
    private const int Bytes = 4096;

    /// <param name="directory">On the disk in question.</param>
    public static DiskCost Measure(string directory)
    {
        double[] sync = Times(Path.Combine(directory, "sync"), FileOptions.WriteThrough, isFlushed: false);
        double[] fsync = Times(Path.Combine(directory, "fsync"), FileOptions.None, isFlushed: true);
        return new DiskCost(At(sync, 0.5), At(sync, 0.99), At(fsync, 0.5), At(fsync, 0.99));
    }

    private static double[] Times(string path, FileOptions options, bool isFlushed)
    {
        byte[] bytes = new byte[Bytes];
        Random.Shared.NextBytes(bytes);
        double[] times = new double[Writes];
        using (SafeFileHandle file =
            File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, options))
        {
            for (int i = 0; i < Writes; i++)
            {
                long start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, bytes, (long)i * Bytes);
                if (isFlushed)
                    RandomAccess.FlushToDisk(file);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        File.Delete(path);
        Array.Sort(times);
        return times;
    }

    private static double At(double[] sorted, double part) => Math.Round(sorted[(int)(part * (sorted.Length - 1))], 3);
}
