using System.Globalization;

namespace Cmq.MultiProtocol.Benchmarks.Compare.Sides;

/// <summary>Debian's mosquitto.</summary>
public sealed class MosquittoSide : ISide
{
    private const string File = "/usr/sbin/mosquitto";

    public string Name => "mosquitto";

    public async Task<string> VersionAsync(CancellationToken cancellation) =>
        $"mosquitto {await Packages.VersionAsync("mosquitto", cancellation)}";

    public string Conditions(Setup setup) =>
        "clean sessions are in memory only (no persistence configured); defaults, but set_tcp_nodelay, without which it "
        + "waits for delayed acknowledgements of TCP, and anonymous clients";

    public async Task<RunningBroker> StartAsync(
        Setup setup, string directory, double holdBackMs, CancellationToken cancellation)
    {
        int port = Ports.Free(1)[0];
        string settings = Path.Combine(directory, "mosquitto.conf");
        await System.IO.File.WriteAllTextAsync(
            settings,
            string.Create(
                CultureInfo.InvariantCulture,
                $"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"),
            cancellation);
        ChildProcess process = ChildProcess.Start(File, ["-c", settings], directory);
        try
        {
            string address = await Ports.AwaitOpenAsync(process, port, cancellation);
            return new RunningBroker([address], [process.Id], () => process.StopAsync());
        }
        catch
        {
            await process.StopAsync();
            throw;
        }
    }
}
