using Cmq.MultiProtocol.Benchmarks.Storage;

// dotnet run -c Release --project benchmarks/Storage [-- directory]
string root = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "cmq-storage-benchmark");
Directory.CreateDirectory(root);
try
{
    Console.WriteLine("batch  store commits/s  store MB/s  CPU us/commit   plain commits/s  plain MB/s  CPU us/commit");
    // Once for the just-in-time compiler, once for the record.
    CommitSpeed.Store(root, batch: 64, commits: 300);
    foreach ((int batch, int commits) in new[] { (1, 20_000), (64, 4_000), (512, 1_000) })
    {
        Speed store = CommitSpeed.Store(root, batch, commits);
        Speed plain = CommitSpeed.Plain(root, batch, commits);
        Console.WriteLine(
            $"{batch,5}  {store.PerSecond,15:N0}  {store.MegabytesPerSecond,10:N0}  {store.CpuMicroseconds,13:N0}   "
            + $"{plain.PerSecond,15:N0}  {plain.MegabytesPerSecond,10:N0}  {plain.CpuMicroseconds,13:N0}");
    }

    ReopenSpeed.Run(root);
}
finally
{
    Directory.Delete(root, recursive: true);
}
