using System.Globalization;

namespace Cmq.MultiProtocol.Benchmarks.Compare.Sides;

/// <summary>Debian's rabbitmq-server, one node or three, with an epmd of their own.</summary>
public sealed class RabbitSide : ISide
{
    private const string Programs = "/usr/lib/rabbitmq/bin";

    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(30);

    public string Name => "RabbitMQ";

    public async Task<string> VersionAsync(CancellationToken cancellation) =>
        $"RabbitMQ {await Packages.VersionAsync("rabbitmq-server", cancellation)}, "
        + $"Erlang {await Packages.VersionAsync("erlang-base", cancellation)}";

    public string Conditions(Setup setup) => setup is Setup.ThreeNodes
        ? "quorum queue: confirms when two of three nodes have the message on disk: fdatasync of the write-ahead log, many "
            + "messages in one; defaults"
        : "durable classic queue, persistent messages: confirms when the message is in files that fsync was called for, many "
            + "messages in one; defaults";

    public async Task<RunningBroker> StartAsync(
        Setup setup, string directory, double holdBackMs, CancellationToken cancellation)
    {
        int count = setup is Setup.ThreeNodes ? 3 : 1;
        int[] ports = Ports.Free((2 * count) + 1);
        PrepareHome(directory);
        List<ChildProcess> started = [];
        List<int> pids = [];
        async Task StopAsync()
        {
            // The nodes first: they end by themselves when asked. Then the scripts that started them have ended, too.
            foreach (int pid in pids)
                ChildProcess.AskToEnd(pid);
            foreach (ChildProcess process in started.AsEnumerable().Reverse())
                await process.StopAsync(process == started[0] ? TimeSpan.Zero : s_stopTimeout);
        }

        Task AskAsync(string question, string[] arguments) => ChildProcess.RunAsync(
            $"{Programs}/rabbitmqctl", ["-n", NodeName(0), question, .. arguments, "--timeout", "120"], directory,
            cancellation, Prepare(0, count, ports, directory));

        try
        {
            var epmd = new Dictionary<string, string>
            {
                ["ERL_EPMD_PORT"] = Text(ports[^1]),
                ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            };
            started.Add(ChildProcess.Start("epmd", [], directory, epmd));
            for (int i = 0; i < count; i++)
            {
                Dictionary<string, string> environment = Prepare(i, count, ports, directory);
                (string file, IReadOnlyList<string> arguments) =
                    HeldBack.Wrap($"{Programs}/rabbitmq-server", [], holdBackMs, isOurs: false);
                started.Add(ChildProcess.Start(file, arguments, directory, environment));
            }

            List<string> addresses = [];
            for (int i = 0; i < count; i++)
            {
                addresses.Add(await Ports.AwaitOpenAsync(started[i + 1], ports[i], cancellation));
                string pid = await File.ReadAllTextAsync(Path.Combine(directory, $"node{i + 1}", "pid"), cancellation);
                pids.Add(int.Parse(pid, CultureInfo.InvariantCulture));
            }

            await AskAsync("await_startup", []);
            await AskAsync("await_online_nodes", [Text(count)]);
            return new RunningBroker(addresses, pids, StopAsync);
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    private static string NodeName(int index) => string.Create(CultureInfo.InvariantCulture, $"compare{index + 1}@localhost");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void PrepareHome(string directory)
    {
        string cookie = Path.Combine(directory, ".erlang.cookie");
        File.WriteAllText(cookie, Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal));
        File.SetUnixFileMode(cookie, UnixFileMode.UserRead);
        File.WriteAllText(Path.Combine(directory, "enabled_plugins"), "[].");
    }

    private static Dictionary<string, string> Prepare(int index, int count, int[] ports, string home)
    {
        string own = Path.Combine(home, $"node{index + 1}");
        Directory.CreateDirectory(own);
        string settings = Path.Combine(own, "rabbitmq.conf");
        List<string> lines =
        [
            $"listeners.tcp.1 = 127.0.0.1:{Text(ports[index])}",
            "log.console = false",
            "log.file.level = warning",
        ];
        if (count > 1)
        {
            lines.Add("cluster_formation.peer_discovery_backend = classic_config");
            lines.AddRange(Enumerable.Range(0, count).Select(
                node => $"cluster_formation.classic_config.nodes.{node + 1} = {NodeName(node)}"));
        }

        File.WriteAllLines(settings, lines);
        return new Dictionary<string, string>
        {
            ["HOME"] = home,
            ["ERL_EPMD_PORT"] = Text(ports[^1]),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = NodeName(index),
            ["RABBITMQ_DIST_PORT"] = Text(ports[count + index]),
            ["RABBITMQ_CONFIG_FILE"] = settings,
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(own, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(own, "log"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(home, "enabled_plugins"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(own, "pid"),
        };
    }
}
