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
catch (Exception broken)
{
    // Whatever it is, a promise was not kept, or nobody can say that it was.
    Console.WriteLine(broken);
    await Console.Error.WriteLineAsync($"chaos: failed: {broken.Message.Split('\n')[0].TrimEnd()}");
    return 1;
}
