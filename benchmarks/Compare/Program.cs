using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Cmq.MultiProtocol.Benchmarks.Compare;

// Processor times come from /proc, and the other brokers from Debian.
[assembly: SupportedOSPlatform("linux")]

// benchmarks/compare.sh --quick
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Contains("--help"))
{
    Console.WriteLine(ComparisonOptions.Usage);
    return 0;
}

try
{
    using var cancellation = new CancellationTokenSource();
    Console.CancelKeyPress += (_, key) =>
    {
        key.Cancel = true;
        cancellation.Cancel();
    };

    // What was started must not be left behind.
    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
    {
        signal.Cancel = true;
        cancellation.Cancel();
    });
    ComparisonOptions options = ComparisonOptions.Parse(args);
    string directory = Path.Combine(options.Work, $"compare-{Path.GetRandomFileName()}");
    Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    CompareReport report;
    try
    {
        report = await new CompareRun(options, directory, cancellation.Token).RunAsync();
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }

    string output = options.Out.Length > 0 ? options.Out : Directory.CreateTempSubdirectory("comparison-").FullName;
    Directory.CreateDirectory(output);
    await File.WriteAllTextAsync(Path.Combine(output, "report.json"), report.ToJson());
    await File.WriteAllTextAsync(Path.Combine(output, "report.md"), report.ToMarkdown());
    Console.Write(report.ToMarkdown());
    Console.Error.WriteLine($"written to {output}");
    return report.IsRight ? 0 : 1;
}
catch (FormatException wrong)
{
    Console.Error.WriteLine($"{wrong.Message}; --help lists the options");
    return 2;
}
catch (Exception failure) when (failure is InvalidOperationException or OperationCanceledException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
