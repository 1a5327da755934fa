using System.Globalization;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>What to do to the broker; every value has an option of the same name on the command line.</summary>
public sealed record LoadOptions
{
    public const string Usage = """
        Load: drives an AMQP 0-9-1 broker and counts.
          --uri amqp://guest:guest@127.0.0.1:5672   brokers, separated by commas; connections take turns
          --mode all|publish|both                   default all: publish only, consume only, both
          --fill N                                  publish N messages and stop
          --drain [--expect N]                      consume until quiet; with --expect, N distinct ones must arrive
          --idle N                                  N connections with a consumer each, for the duration
          --publishers N   1      connections that publish
          --consumers N    1      connections that consume
          --queues N       1      every publisher goes round all of them
          --window N       500    messages of a publisher without a confirm
          --size BYTES     1024   body, at least 32
          --prefetch N     500    deliveries of a consumer without an ack
          --ack-every N    20     one ack (multiple) for so many deliveries
          --duration S     10     of each measured phase
          --warm-up S      3      before each phase that publishes, not counted
          --quiet S        5      no delivery for so long ends a drain
          --durable BOOL   true   queue durable and messages persistent
          --prefix NAME    load   of the queues
          --keep           do not delete the queues at the end of all and both
        """;

    public IReadOnlyList<Uri> Uris { get; private init; } = [new Uri("amqp://guest:guest@127.0.0.1:5672")];
    public LoadMode Mode { get; private init; }

    /// <summary>Messages of <see cref="LoadMode.Fill"/>, connections of <see cref="LoadMode.Idle"/>.</summary>
    public long Count { get; private init; }

    /// <summary>Distinct messages that a drain must find; -1 when it takes what there is.</summary>
    public long Expect { get; private init; } = -1;
    public int Publishers { get; private init; } = 1;
    public int Consumers { get; private init; } = 1;
    public int Queues { get; private init; } = 1;
    public int Window { get; private init; } = 500;
    public int SizeBytes { get; private init; } = 1024;
    public ushort Prefetch { get; private init; } = 500;
    public int AckEvery { get; private init; } = 20;
    public TimeSpan Duration { get; private init; } = TimeSpan.FromSeconds(10);
    public TimeSpan WarmUp { get; private init; } = TimeSpan.FromSeconds(3);
    public TimeSpan Quiet { get; private init; } = TimeSpan.FromSeconds(5);
    public bool Durable { get; private init; } = true;
    public string Prefix { get; private init; } = "load";
    public bool Keep { get; private init; }

    /// <exception cref="FormatException">An unknown option, or a value that cannot be read.</exception>
    public static LoadOptions Parse(string[] arguments)
    {
        var options = new LoadOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            options = name switch
            {
                "--drain" => options with { Mode = LoadMode.Drain },
                "--keep" => options with { Keep = true },
                _ when i + 1 < arguments.Length => options.With(name, arguments[++i]),
                _ => throw new FormatException($"{name}: unknown, or its value is missing"),
            };
        }

        return options.Checked();
    }

    public string QueueName(int number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{number}");

    private LoadOptions With(string name, string value) => name switch
    {
        "--uri" => this with { Uris = [.. value.Split(',').Select(uri => new Uri(uri))] },
        "--mode" => this with { Mode = Enum.Parse<LoadMode>(value, ignoreCase: true) },
        "--fill" => this with { Mode = LoadMode.Fill, Count = Long(value) },
        "--idle" => this with { Mode = LoadMode.Idle, Count = Long(value) },
        "--expect" => this with { Expect = Long(value) },
        "--publishers" => this with { Publishers = Int(value) },
        "--consumers" => this with { Consumers = Int(value) },
        "--queues" => this with { Queues = Int(value) },
        "--window" => this with { Window = Int(value) },
        "--size" => this with { SizeBytes = Int(value) },
        "--prefetch" => this with { Prefetch = ushort.Parse(value, CultureInfo.InvariantCulture) },
        "--ack-every" => this with { AckEvery = Int(value) },
        "--duration" => this with { Duration = Seconds(value) },
        "--warm-up" => this with { WarmUp = Seconds(value) },
        "--quiet" => this with { Quiet = Seconds(value) },
        "--durable" => this with { Durable = bool.Parse(value) },
        "--prefix" => this with { Prefix = value },
        _ => throw new FormatException($"{name}: unknown"),
    };

    private LoadOptions Checked()
    {
        if (SizeBytes < MessageBody.MinBytes)
            throw new FormatException($"--size: at least {MessageBody.MinBytes}");
        if (Publishers < 1 || Consumers < 1 || Queues < 1 || Window < 1 || AckEvery < 1)
            throw new FormatException("publishers, consumers, queues, window and ack-every are at least 1");

        // More would never be acknowledged: the broker stops at the prefetch, the consumer waits for its batch.
        if (Prefetch != 0 && AckEvery > Prefetch)
            throw new FormatException("--ack-every: at most the prefetch");
        return this;
    }

    private static int Int(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    private static long Long(string value) => long.Parse(value, CultureInfo.InvariantCulture);

    private static TimeSpan Seconds(string value) =>
        TimeSpan.FromSeconds(double.Parse(value, CultureInfo.InvariantCulture));
}
