using System.Diagnostics;
using System.Globalization;
using Cmq.MultiProtocol.Interop.Durability.Clients;

namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>A load of stock npm clients (interop-tests/durability-node): a script that runs until it is told to finish,
/// and then checks what it got against what was confirmed.</summary>
internal sealed class NodeLoad : IAsyncDisposable
{
    private const string Confirmed = "confirmed ";

    private readonly Process _process;
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private volatile int _confirmedCount;
    private volatile string _last = "";

    private NodeLoad(Process process)
    {
        _process = process;
        _reading = ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Publishers and persistent subscribers of MQTT 3.1.1 and 5.0 with QoS 1 and 2; each client knows all
    /// nodes.</summary>
    /// <param name="nodes">All nodes.</param>
    /// <param name="perSecond">Messages of each of the four publishers at most; null: as fast as they can.</param>
    public static NodeLoad StartMqtt(IEnumerable<BrokerProcess> nodes, int? perSecond = null) => Start(
        "mqtt-load.js",
        "MQTT_SERVERS",
        nodes.Select(node => node.MqttPort),
        perSecond is { } most ? [$"{most}"] : []);

    /// <summary>Devices on the last node, some of which come back to another one, and an observer of presence on the
    /// first; one confirm tells that all are there and announced.</summary>
    /// <param name="nodes">All nodes.</param>
    /// <param name="last">The last one's number.</param>
    /// <param name="isRestarted">They come back to that one, and to no other.</param>
    public static NodeLoad StartPresence(IEnumerable<BrokerProcess> nodes, int last, bool isRestarted) => Start(
        "mqtt-presence.js",
        "MQTT_SERVERS",
        nodes.Select(node => node.MqttPort),
        isRestarted ? [$"{last}", "restarted"] : [$"{last}"]);

    /// <summary>Producers and consumers of RocketMQ that know the name servers of all nodes.</summary>
    public static NodeLoad StartRocketMq(IEnumerable<BrokerProcess> nodes) =>
        Start("rocketmq-load.js", "ROCKETMQ_NAMESRVS", nodes.Select(node => node.NameServerPort));

    /// <summary>Waits until that many more messages are confirmed.</summary>
    public async Task ConfirmAsync(int more)
    {
        int goal = _confirmedCount + more;
        await Patience.UntilAsync(
            () => _confirmedCount >= goal || _process.HasExited, $"{more} more confirms", DescribeAsync);
        if (_process.HasExited)
            Assert.Fail($"The load ended with code {_process.ExitCode}.\n{await _errors}");
    }

    /// <summary>Ends the sending, drains, and holds the broker to its promises.</summary>
    /// <returns>Figures.</returns>
    public async Task<string> FinishAsync()
    {
        await _process.StandardInput.WriteLineAsync("finish");
        await _process.StandardInput.FlushAsync();
        // The script has its own patience, and tells what is missing.
        await _process.WaitForExitAsync().WaitAsync(4 * Patience.Long);
        await _reading;
        if (_process.ExitCode != 0)
            Assert.Fail($"The load ended with code {_process.ExitCode}.\n{await _errors}");
        Assert.StartsWith("ok ", _last, StringComparison.Ordinal);
        return _last;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private static NodeLoad Start(
        string script, string variable, IEnumerable<int> ports, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [script, .. arguments])
        {
            WorkingDirectory = Repository.Client("durability-node"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[variable] = string.Join(',', ports.Select(port => $"127.0.0.1:{port}"));
        return new NodeLoad(
            Process.Start(start) ?? throw new InvalidOperationException("node could not be started"));
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _last = line;
            if (line.StartsWith(Confirmed, StringComparison.Ordinal))
                _confirmedCount = int.Parse(line.AsSpan(Confirmed.Length), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>At the end of its input the script tells its state.</summary>
    private async Task<string> DescribeAsync()
    {
        _process.StandardInput.Close();
        return await _errors.WaitAsync(Patience.Long);
    }
}
