using Cmq.MultiProtocol.Interop.Durability.Chaos;

// dotnet run -c Release --project interop-tests/Chaos -- --rounds 100 --seed 1
try
{
    await new ChaosRun(ChaosOptions.Parse(args), Console.WriteLine).RunAsync();
    return 0;
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}{Environment.NewLine}{ChaosOptions.Usage}");
    return 2;
}
