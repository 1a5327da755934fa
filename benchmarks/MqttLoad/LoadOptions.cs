using System.Globalization;
using System.Net;

namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>What to do to the broker; every value has an option of the same name on the command line.</summary>
public sealed record LoadOptions
{
    public const string Usage = """
        MqttLoad: drives an MQTT 3.1.1 broker over plain sockets and counts. First the mode:
          flow                            one publisher to one and to many subscribers, as fast as they take it
          idle                            connections with one QoS 1 subscription each, and the broker's memory
        Then:
          --address 127.0.0.1:1883        the broker
          --pid N                         its process on this machine: processor time (flow), memory (idle needs it)
          --duration S         10         flow: measured time of each run
          --warm-up S          3          flow: before it, not counted
          --qos 0,1            0,1        flow: qualities, of publisher and subscribers
          --subscribers 1,100  1,100      flow: how many there are in each run, all of the same topic
          --size BYTES         100        flow: payload, at least 16
          --window N           500        flow: messages that are not acknowledged, or not with every subscriber yet
          --connections N,...  5000,10000,19000   idle: memory is read at each of these counts
          --settle S           20         idle: before memory is read
          --parallel N         64         idle: connections being opened at a time
        A run of QoS 1 that loses or repeats a message ends the program with code 1.
        """;

    /// <summary>Packet ids are used again behind it.</summary>
    private const int MaxWindow = 30_000;

    public LoadMode Mode { get; private init; }
    public IPEndPoint Address { get; private init; } = new(IPAddress.Loopback, 1883);
    public int? Pid { get; private init; }
    public TimeSpan Duration { get; private init; } = TimeSpan.FromSeconds(10);
    public TimeSpan WarmUp { get; private init; } = TimeSpan.FromSeconds(3);
    public IReadOnlyList<int> Qualities { get; private init; } = [0, 1];
    public IReadOnlyList<int> Subscribers { get; private init; } = [1, 100];
    public int SizeBytes { get; private init; } = 100;
    public int Window { get; private init; } = 500;
    public IReadOnlyList<int> Connections { get; private init; } = [5_000, 10_000, 19_000];
    public TimeSpan Settle { get; private init; } = TimeSpan.FromSeconds(20);
    public int Parallel { get; private init; } = 64;

    /// <exception cref="FormatException">An unknown option, or a value that cannot be read.</exception>
    public static LoadOptions Parse(string[] arguments)
    {
        if (arguments.Length % 2 == 0)
            throw new FormatException("a mode, then options with a value each");
        if (!Enum.TryParse(arguments[0], ignoreCase: true, out LoadMode mode))
            throw new FormatException($"{arguments[0]}: neither flow nor idle");
        var options = new LoadOptions { Mode = mode };
        for (int i = 1; i < arguments.Length; i += 2)
            options = options.With(arguments[i], arguments[i + 1]);
        return options.Checked();
    }

    private LoadOptions With(string name, string value) => name switch
    {
        "--address" => this with { Address = IPEndPoint.Parse(value) },
        "--pid" => this with { Pid = Int(value) },
        "--duration" => this with { Duration = Seconds(value) },
        "--warm-up" => this with { WarmUp = Seconds(value) },
        "--qos" => this with { Qualities = Ints(value) },
        "--subscribers" => this with { Subscribers = Ints(value) },
        "--size" => this with { SizeBytes = Int(value) },
        "--window" => this with { Window = Int(value) },
        "--connections" => this with { Connections = Ints(value) },
        "--settle" => this with { Settle = Seconds(value) },
        "--parallel" => this with { Parallel = Int(value) },
        _ => throw new FormatException($"{name}: unknown"),
    };

    private LoadOptions Checked()
    {
        if (Mode is LoadMode.Idle && Pid is null)
            throw new FormatException("--pid: whose memory?");
        if (SizeBytes < MessageBody.Bytes)
            throw new FormatException($"--size: at least {MessageBody.Bytes}");
        if (Window is < 1 or > MaxWindow)
            throw new FormatException($"--window: 1 to {MaxWindow}");
        if (Qualities.Any(qos => qos is not (0 or 1)))
            throw new FormatException("--qos: 0 or 1");
        if (Parallel < 1 || Subscribers.Any(count => count < 1) || Connections.Any(count => count < 1))
            throw new FormatException("subscribers, connections and parallel are at least 1");
        if (!Connections.SequenceEqual(Connections.Distinct().Order()))
            throw new FormatException("--connections: rising");
        return this;
    }

    private static int Int(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    private static IReadOnlyList<int> Ints(string value) => [.. value.Split(',').Select(Int)];

    private static TimeSpan Seconds(string value) =>
        TimeSpan.FromSeconds(double.Parse(value, CultureInfo.InvariantCulture));
}
