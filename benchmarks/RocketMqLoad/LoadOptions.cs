using System.Globalization;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Benchmarks.RocketMqLoad;

/// <summary>What to do to the brokers; every value has an option of the same name on the command line.</summary>
public sealed record LoadOptions
{
    public const string Usage = """
        RocketMqLoad: sends over RocketMQ's remoting protocol, waits for every SEND_OK, and checks the offsets.
          --namesrv HOST:PORT   127.0.0.1:9876
          --topic NAME          a new one for each run; made with --queues, and left behind
          --connections N       1      they take turns over the broker names
          --window N            500    sends of a connection without an answer; 1 = one after the other
          --queues N            4      of the topic, on each broker name; a connection goes round all of its broker's
          --size BYTES          1024   body, at least 16
          --duration S          10     measured
          --warm-up S           3      before, not measured, but checked
          --header KIND         json   or binary
          --read BOOL           true   read everything back and look for what was acknowledged
        """;

    public string NameServer { get; private init; } = "127.0.0.1:9876";
    public string Topic { get; private init; } = $"load-{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";
    public int Connections { get; private init; } = 1;
    public int Window { get; private init; } = 500;
    public int Queues { get; private init; } = 4;
    public int SizeBytes { get; private init; } = 1024;
    public TimeSpan Duration { get; private init; } = TimeSpan.FromSeconds(10);
    public TimeSpan WarmUp { get; private init; } = TimeSpan.FromSeconds(3);
    public RocketMqSerialization Header { get; private init; }
    public bool Read { get; private init; } = true;

    /// <exception cref="FormatException">An unknown option, or a value that cannot be read.</exception>
    public static LoadOptions Parse(string[] arguments)
    {
        var options = new LoadOptions();
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length)
                throw new FormatException($"{arguments[i]}: unknown, or its value is missing");
            options = options.With(arguments[i], arguments[i + 1]);
        }

        if (options.SizeBytes < SendFrame.MarkBytes)
            throw new FormatException($"--size: at least {SendFrame.MarkBytes}");
        if (options.Connections < 1 || options.Window < 1 || options.Queues < 1)
            throw new FormatException("connections, window and queues are at least 1");
        return options;
    }

    private LoadOptions With(string name, string value) => name switch
    {
        "--namesrv" => this with { NameServer = value },
        "--topic" => this with { Topic = value },
        "--connections" => this with { Connections = Int(value) },
        "--window" => this with { Window = Int(value) },
        "--queues" => this with { Queues = Int(value) },
        "--size" => this with { SizeBytes = Int(value) },
        "--duration" => this with { Duration = Seconds(value) },
        "--warm-up" => this with { WarmUp = Seconds(value) },
        "--header" => this with { Header = Enum.Parse<RocketMqSerialization>(value, ignoreCase: true) },
        "--read" => this with { Read = bool.Parse(value) },
        _ => throw new FormatException($"{name}: unknown"),
    };

    private static int Int(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    private static TimeSpan Seconds(string value) =>
        TimeSpan.FromSeconds(double.Parse(value, CultureInfo.InvariantCulture));
}
