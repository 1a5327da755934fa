using Cmq.MultiProtocol.Benchmarks.MqttLoad;

// dotnet run -c Release --project benchmarks/MqttLoad -- flow --address 127.0.0.1:1883
// dotnet run -c Release --project benchmarks/MqttLoad -- idle --address 127.0.0.1:1883 --pid $(pgrep -n cmqd)
try
{
    using var cancellation = new CancellationTokenSource();
    Console.CancelKeyPress += (_, key) =>
    {
        key.Cancel = true;
        cancellation.Cancel();
    };
    LoadOptions options = LoadOptions.Parse(args);
    bool isRight = options.Mode is LoadMode.Idle
        ? await new IdleRun(options, cancellation.Token).RunAsync()
        : await new FlowRun(options, cancellation.Token).RunAsync();
    return isRight ? 0 : 1;
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}{Environment.NewLine}{LoadOptions.Usage}");
    return 2;
}
