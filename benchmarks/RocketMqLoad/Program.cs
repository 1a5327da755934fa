using Cmq.MultiProtocol.Benchmarks.RocketMqLoad;

// dotnet run -c Release --project benchmarks/RocketMqLoad -- --namesrv 127.0.0.1:9876
try
{
    using var cancellation = new CancellationTokenSource();
    Console.CancelKeyPress += (_, key) =>
    {
        key.Cancel = true;
        cancellation.Cancel();
    };
    return await new LoadRun(LoadOptions.Parse(args), cancellation.Token).RunAsync() ? 0 : 1;
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}{Environment.NewLine}{LoadOptions.Usage}");
    return 2;
}
