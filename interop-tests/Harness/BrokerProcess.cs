using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Cmq.MultiProtocol.Interop;

/// <summary>The real <c>cmqd</c> as a process of its own: ports, signals, restarts, memory.</summary>
public sealed class BrokerProcess : IAsyncDisposable
{
    private const string SeededSecretId = "AKIDinterop";
    private const string SeededSecretKey = "interopSecretKey";

    private readonly BrokerSettings _settings;
    private readonly bool _ownsDirectory;
    private readonly string _workingDirectory = Directory.CreateTempSubdirectory("cmqd-cwd-").FullName;
    private Process? _process;
    private Task _reading = Task.CompletedTask;
    private StartUpLines _lines = new();

    private BrokerProcess(BrokerSettings settings)
    {
        _settings = settings;
        _ownsDirectory = settings.DataDirectory is null;
        DataDirectory = settings.DataDirectory ?? Directory.CreateTempSubdirectory("cmqd-data-").FullName;
    }

    public string DataDirectory { get; }

    /// <summary>The last lines of standard output and standard error of all runs.</summary>
    public BoundedText Output { get; } = new();

    public int AmqpPort => Port("amqp");

    public int HttpPort => Port("http");

    public int MqttPort => Port("mqtt");

    public int MqttTlsPort => Port("mqtts");

    public int MqttWebSocketPort => Port("mqtt-ws");

    /// <summary>RocketMQ's name server.</summary>
    public int NameServerPort => Port("rocketmq-namesrv");

    /// <summary>RocketMQ's broker name of the first data group.</summary>
    public int RocketMqPort => Port("rocketmq-1");

    /// <summary>Of all data groups.</summary>
    public IReadOnlyList<int> RocketMqPorts => _lines.Ports("rocketmq-");

    public int AdminPort => Port("admin");

    public int ClusterPort => Port("cluster");

    public Uri AmqpUri => new($"amqp://guest:guest@127.0.0.1:{AmqpPort}/");

    public string SecretId => _settings.SeedAccessKey ? SeededSecretId : Drawn.SecretId;

    public string SecretKey => _settings.SeedAccessKey ? SeededSecretKey : Drawn.SecretKey;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Null while it runs.</summary>
    public int? ExitCode => _process is { HasExited: true } process ? process.ExitCode : null;

    private (string SecretId, string SecretKey) Drawn =>
        _lines.AccessKey ?? throw new BrokerException("it printed no access key", Output);

    /// <summary>Starts it and waits until it serves.</summary>
    /// <exception cref="BrokerException">It ended, or did not serve in time.</exception>
    public static async Task<BrokerProcess> StartAsync(BrokerSettings? settings = null)
    {
        BrokerProcess broker = Launch(settings);
        try
        {
            await broker.WaitReadyAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it and does not wait: for clusters, and for starts that are meant to fail.</summary>
    public static BrokerProcess Launch(BrokerSettings? settings = null)
    {
        var broker = new BrokerProcess(settings ?? new BrokerSettings());
        broker.Launch(new StartUpLines());
        return broker;
    }

    /// <summary>Waits for the line that says that clients are served.</summary>
    public async Task WaitReadyAsync()
    {
        Task exited = Running().WaitForExitAsync();
        Task first = await Task.WhenAny(_lines.Serving, exited, Task.Delay(_settings.StartTimeout));
        if (first == _lines.Serving)
            return;

        if (first == exited)
            await _reading;
        throw new BrokerException(
            first == exited ? $"the broker ended with code {ExitCode}" : "the broker does not serve", Output);
    }

    /// <returns>The exit code.</returns>
    /// <exception cref="BrokerException">It still runs after the time.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan timeout)
    {
        Process process = Running();
        if (await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(timeout)) is { } first && !process.HasExited)
            throw new BrokerException($"the broker still runs after {timeout.TotalSeconds} s ({first.Status})", Output);
        await _reading;
        return process.ExitCode;
    }

    public void Send(int signal) => UnixSignal.Send(Running(), signal);

    /// <summary>SIGKILL: nothing in the process can react to it.</summary>
    public async Task KillAsync()
    {
        Process process = Running();
        process.Kill();
        await process.WaitForExitAsync();
        await _reading;
    }

    /// <summary>SIGTERM, then expects exit code 0 within <see cref="BrokerSettings.StopTimeout"/>.</summary>
    /// <exception cref="BrokerException">It did not stop, or not with 0.</exception>
    public async Task StopAsync()
    {
        Send(UnixSignal.Terminate);
        int code = await WaitForExitAsync(_settings.StopTimeout);
        if (code != 0)
            throw new BrokerException($"the broker stopped with code {code}", Output);
    }

    /// <summary>Starts it again, after a kill or a stop, on the same data and the same ports.</summary>
    public async Task RestartAsync()
    {
        Relaunch();
        await WaitReadyAsync();
    }

    /// <summary>As <see cref="RestartAsync"/>, without waiting until it serves.</summary>
    public void Relaunch()
    {
        Launch(_lines);
    }

    /// <summary>Resident memory in bytes (VmRSS of <c>/proc</c>).</summary>
    public long ResidentBytes()
    {
        string line = File.ReadLines($"/proc/{Running().Id}/status")
            .First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        string kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim();
        return long.Parse(kibibytes[(kibibytes.LastIndexOf('\t') + 1)..], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Bytes that the process has read so far, from files or sockets (rchar of <c>/proc</c>).</summary>
    public long ReadBytes()
    {
        string line = File.ReadLines($"/proc/{Running().Id}/io")
            .First(text => text.StartsWith("rchar:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("rchar:".Length), CultureInfo.InvariantCulture);
    }

    /// <summary>The status code of a page of the admin listener.</summary>
    public async Task<HttpStatusCode> AskAdminAsync(string path)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://127.0.0.1:{AdminPort}{path}"));
        return answer.StatusCode;
    }

    /// <summary>A page of the admin listener in JSON; the status code must be 200.</summary>
    /// <exception cref="HttpRequestException">It is not, or nobody answers.</exception>
    public async Task<JsonElement> AskAdminJsonAsync(string path)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        string json = await client.GetStringAsync(new Uri($"http://127.0.0.1:{AdminPort}{path}"));
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>Kills it if it runs, and removes data that it made for itself.</summary>
    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
            await KillAsync();
        _process?.Dispose();
        Directory.Delete(_workingDirectory, recursive: true);
        if (_ownsDirectory && Directory.Exists(DataDirectory))
            Directory.Delete(DataDirectory, recursive: true);
    }

    private Process Running() => _process ?? throw new InvalidOperationException("The broker was not started");

    private int Port(string listener) =>
        _lines.Port(listener) ?? throw new BrokerException($"the broker has no listener {listener}", Output);

    /// <param name="last">What the runs before said of their ports.</param>
    private void Launch(StartUpLines last)
    {
        // A test run that a shell started in the background ignores SIGINT, and so would what it starts; env undoes that.
        var start = new ProcessStartInfo(UnixSignal.IsInterruptIgnored ? "env" : Repository.Broker)
        {
            // Neither an appsettings.json of the repository nor a variable of the machine may take part.
            WorkingDirectory = _workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(
            key => key.StartsWith("CMQ_", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);

        if (UnixSignal.IsInterruptIgnored)
        {
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add(Repository.Broker);
        }

        start.ArgumentList.Add($"--Node:Id={_settings.NodeId}");
        start.ArgumentList.Add($"--Node:DataDirectory={DataDirectory}");
        start.ArgumentList.Add($"--Amqp:Listen=127.0.0.1:{last.LastPort("amqp") ?? 0}");
        start.ArgumentList.Add($"--Http:Listen=127.0.0.1:{last.LastPort("http") ?? 0}");
        start.ArgumentList.Add($"--Mqtt:Listen=127.0.0.1:{last.LastPort("mqtt") ?? 0}");
        start.ArgumentList.Add($"--Mqtt:WebSocketListen=127.0.0.1:{last.LastPort("mqtt-ws") ?? 0}");
        start.ArgumentList.Add($"--RocketMq:NameServerListen=127.0.0.1:{last.LastPort("rocketmq-namesrv") ?? 0}");
        // One pair of ports per data group: clients learn the new ones from the name server.
        start.ArgumentList.Add("--RocketMq:BrokerListen=127.0.0.1:0");
        start.ArgumentList.Add($"--Admin:Listen=127.0.0.1:{last.LastPort("admin") ?? 0}");
        start.ArgumentList.Add($"--Cluster:Listen=127.0.0.1:{last.LastPort("cluster") ?? _settings.ClusterPort}");
        if (_settings.SeedAccessKey)
        {
            start.ArgumentList.Add($"--AccessKeys:0:SecretId={SeededSecretId}");
            start.ArgumentList.Add($"--AccessKeys:0:SecretKey={SeededSecretKey}");
        }

        foreach (string argument in _settings.Arguments)
            start.ArgumentList.Add(argument);

        var lines = new StartUpLines(last);
        _lines = lines;
        _process?.Dispose();
        _process = Process.Start(start) ?? throw new InvalidOperationException("The broker could not be started");
        _process.StandardInput.Close();
        _reading = Task.WhenAll(
            ReadAsync(_process.StandardOutput, lines.Read), ReadAsync(_process.StandardError, static _ => { }));
    }

    private async Task ReadAsync(StreamReader reader, Action<string> read)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Output.Add(line);
            read(line);
        }
    }
}
