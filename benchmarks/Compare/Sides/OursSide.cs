using System.Globalization;

namespace Cmq.MultiProtocol.Benchmarks.Compare.Sides;

/// <summary>A build of cmqd.</summary>
/// <param name="name">As the table calls it.</param>
/// <param name="built">Where it was built to.</param>
public sealed class OursSide(string name, string built) : ISide
{
    private readonly string _file = Path.Combine(built, "cmqd");

    public string Name => name;

    public async Task<string> VersionAsync(CancellationToken cancellation)
    {
        IReadOnlyList<string> lines = await ChildProcess.RunAsync(_file, ["--version"], built, cancellation);
        return $"{string.Join(' ', lines)}, built {File.GetLastWriteTimeUtc(Path.Combine(built, "cmqd.dll")):s}Z";
    }

    public string Conditions(Setup setup) => setup switch
    {
        Setup.ThreeNodes => "confirms when two of three nodes have the message on disk: O_SYNC writes, many messages in one; "
            + "defaults",
        Setup.Mqtt => "clean sessions are in memory only; defaults",
        _ => "confirms when the message is on disk: O_SYNC writes, many messages in one; defaults",
    };

    public async Task<RunningBroker> StartAsync(
        Setup setup, string directory, double holdBackMs, CancellationToken cancellation)
    {
        int count = setup is Setup.ThreeNodes ? 3 : 1;
        int[] ports = Ports.Free(count);
        List<ChildProcess> nodes = [];
        async Task StopAsync()
        {
            await Task.WhenAll(nodes.Select(node => node.StopAsync()));
        }

        try
        {
            for (int i = 0; i < count; i++)
                nodes.Add(Start(i, ports, Path.Combine(directory, $"node{i + 1}"), holdBackMs));
            string listener = setup is Setup.Mqtt ? "mqtt" : "amqp";
            List<string> addresses = [];
            foreach (ChildProcess node in nodes)
            {
                addresses.Add(await Ports.AwaitAsync(
                    node, "cmqd does not serve", () => Task.FromResult(Address(node, listener)), cancellation));
            }

            return new RunningBroker(addresses, [.. nodes.Select(node => node.Id)], StopAsync);
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    private ChildProcess Start(int index, int[] ports, string data, double holdBackMs)
    {
        Directory.CreateDirectory(data);
        List<string> arguments =
        [
            string.Create(CultureInfo.InvariantCulture, $"--Node:Id={index + 1}"), $"--Node:DataDirectory={data}",
            "--Amqp:Listen=127.0.0.1:0", "--Mqtt:Listen=127.0.0.1:0", "--Http:Listen=", "--Mqtt:WebSocketListen=",
            "--RocketMq:NameServerListen=", "--RocketMq:BrokerListen=", "--Admin:Listen=127.0.0.1:0",
            string.Create(CultureInfo.InvariantCulture, $"--Cluster:Listen=127.0.0.1:{ports[index]}"),
        ];
        if (ports.Length > 1)
        {
            arguments.AddRange(ports.Select((port, peer) =>
                string.Create(CultureInfo.InvariantCulture, $"--Cluster:Peers:{peer}={peer + 1}@127.0.0.1:{port}")));
        }

        (string file, IReadOnlyList<string> all) = HeldBack.Wrap(_file, arguments, holdBackMs, isOurs: true);
        return ChildProcess.Start(file, all, data);
    }

    /// <returns>Null while it does not serve.</returns>
    private static string? Address(ChildProcess node, string listener)
    {
        IReadOnlyList<string> lines = node.Lines;
        return lines.Any(line => line.StartsWith("serving", StringComparison.Ordinal))
            ? lines.Select(line => line.Split(' ')).First(words => words is ["listening", var what, _] && what == listener)[2]
            : null;
    }
}
