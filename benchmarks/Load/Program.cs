using System.Globalization;
using System.Net.Sockets;
using Cmq.MultiProtocol.Benchmarks.Load;
using Cmq.MultiProtocol.Benchmarks.Load.Idle;

// dotnet run -c Release --project benchmarks/Load -- --protocol amqp --phases produce,consume,both
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Contains("--help"))
{
    Console.WriteLine(LoadOptions.Usage);
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
    LoadOptions options = LoadOptions.Parse(args);
    if (options.Phases[0] is PhaseKind.Idle)
        return new IdleRun(options, cancellation.Token).Run() ? 0 : 1;

    using var run = new LoadRun(options, cancellation.Token);
    (string server, IReadOnlyList<PhaseReport> phases, Verification verification) = run.Run();
    var report = new LoadReport(args, server, phases, verification);
    if (options.Json == "-")
        Console.WriteLine(report.ToJson());
    else
        Console.Write(LoadText.Of(report));
    if (options.Json is not ("" or "-"))
        File.WriteAllText(options.Json, report.ToJson());
    return verification.IsRight ? 0 : 1;
}
catch (FormatException wrong)
{
    Console.Error.WriteLine($"{wrong.Message}; --help lists the options");
    return 2;
}
catch (Exception failure) when (failure is IOException or SocketException or HttpRequestException
    or OperationCanceledException or AggregateException)
{
    Console.Error.WriteLine($"WRONG  the run ended early: {failure.Message}");
    return 1;
}
