using System.Globalization;
using System.Net;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>What to do to the broker; every value has an option of the same name on the command line.</summary>
public sealed record LoadOptions
{
    public const string Usage = """
        Load: drives a broker over the wire, times and counts, and checks that every message came once and in order.
          --protocol amqp         amqp, mqtt, rocketmq or cmq
          --address HOST:PORT     brokers, separated by commas; connections take turns. rocketmq: name servers.
                                  Default: 127.0.0.1 and the protocol's port
          --user NAME  --password TEXT    amqp: guest, guest; mqtt: none. cmq: secret id and secret key
          --phases both           one or more of, separated by commas:
                                    produce  publish for the duration, nobody consumes
                                    fill     publish --messages, nobody consumes
                                    consume  take all that is there
                                    both     publish and consume for the duration
                                  or idle alone: connections that do nothing, and what they cost the broker
          --publishers N   1      connections that publish
          --consumers N    1      connections that consume; mqtt: each gets every message of its topics
          --queues N       1      or topics; shared out among publishers and among consumers.
                                  rocketmq: partitions of one topic on each broker name
          --window N       500    messages of a publisher without an answer; mqtt: or not with every subscriber yet
          --size BYTES     1024   body, at least 36 (cmq: 48, text)
          --rate N         0      messages per second of all publishers; 0 = as fast as it goes. Latency counts from
                                  when a message was due
          --warm-up S      3      before each phase of a duration, not counted, but checked
          --duration S     10     of each such phase
          --messages N     100000 of fill
          --expect N       -1     consume: distinct messages that must arrive, of this run or of others; -1 = as
                                  many as this run has confirmed, or what there is when it published nothing
          --quiet S        10     no delivery for so long ends what waits for more
          --prefetch N     500    amqp: deliveries of a consumer without an ack
          --ack-every N    20     amqp: one ack (multiple) for so many deliveries
          --queue-type T          amqp: x-queue-type, for example quorum
          --durable BOOL   true   amqp: queue durable and messages persistent
          --qos N          1      mqtt: 0, 1 or 2
          --header KIND    json   rocketmq: json or binary
          --batch N        16     cmq: messages of a request
          --prefix NAME    load   of queues and topics
          --keep                  do not delete the queues at the end
          --pids N,...            the broker's processes on this machine: processor time, memory
          --json FILE             writes the report there; - = only the report on standard output
        Of idle (amqp, mqtt):
          --connections N,... 5000,10000,19000   memory is read at each of these counts
          --settle S       20     before memory is read
          --parallel N     64     connections being opened at a time
        The exit code is 0 when all is right, 1 when a message is missing, came twice, out of order or damaged, 2 when
        the options are wrong.
        """;

    /// <summary>MQTT's packet ids are used again behind it; more answers than fit into the sockets' buffers would block
    /// a publisher that writes.</summary>
    private const int MaxWindow = 30_000;

    public Protocol Protocol { get; private init; }
    public IReadOnlyList<IPEndPoint> Addresses { get; private init; } = [];
    public string User { get; private init; } = "";
    public string Password { get; private init; } = "";
    public IReadOnlyList<PhaseKind> Phases { get; private init; } = [PhaseKind.Both];
    public int Publishers { get; private init; } = 1;
    public int Consumers { get; private init; } = 1;
    public int Queues { get; private init; } = 1;
    public int Window { get; private init; } = 500;
    public int SizeBytes { get; private init; } = 1024;
    public long RatePerSecond { get; private init; }
    public TimeSpan WarmUp { get; private init; } = TimeSpan.FromSeconds(3);
    public TimeSpan Duration { get; private init; } = TimeSpan.FromSeconds(10);
    public long Messages { get; private init; } = 100_000;
    public long Expect { get; private init; } = -1;
    public TimeSpan Quiet { get; private init; } = TimeSpan.FromSeconds(10);
    public ushort Prefetch { get; private init; } = 500;
    public int AckEvery { get; private init; } = 20;
    public string QueueType { get; private init; } = "";
    public bool Durable { get; private init; } = true;
    public int Qos { get; private init; } = 1;
    public bool BinaryHeader { get; private init; }
    public int Batch { get; private init; } = 16;
    public string Prefix { get; private init; } = "load";
    public bool Keep { get; private init; }
    public IReadOnlyList<int> Pids { get; private init; } = [];
    public string Json { get; private init; } = "";
    public IReadOnlyList<int> Connections { get; private init; } = [5_000, 10_000, 19_000];
    public TimeSpan Settle { get; private init; } = TimeSpan.FromSeconds(20);
    public int Parallel { get; private init; } = 64;

    /// <exception cref="FormatException">An unknown option, or a value that cannot be read.</exception>
    public static LoadOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new LoadOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            options = name switch
            {
                "--keep" => options with { Keep = true },
                _ when i + 1 < arguments.Count => options.With(name, arguments[++i]),
                _ => throw new FormatException($"{name}: unknown, or its value is missing"),
            };
        }

        return options.WithDefaults().Checked();
    }

    public IPEndPoint AddressOf(int connection) => Addresses[connection % Addresses.Count];

    public string QueueName(int number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{number}");

    /// <summary>The queues of one of several connections: its share, or one that it shares with others.</summary>
    public IReadOnlyList<int> QueuesOf(int number, int connections) => connections >= Queues
        ? [number % Queues]
        : [.. Enumerable.Range(0, Queues).Where(queue => queue % connections == number)];

    private LoadOptions With(string name, string value) => name switch
    {
        "--protocol" => this with { Protocol = One<Protocol>(name, value) },
        "--address" => this with { Addresses = [.. value.Split(',').Select(IPEndPoint.Parse)] },
        "--user" => this with { User = value },
        "--password" => this with { Password = value },
        "--phases" => this with { Phases = [.. value.Split(',').Select(phase => One<PhaseKind>(name, phase))] },
        "--publishers" => this with { Publishers = Int(value) },
        "--consumers" => this with { Consumers = Int(value) },
        "--queues" => this with { Queues = Int(value) },
        "--window" => this with { Window = Int(value) },
        "--size" => this with { SizeBytes = Int(value) },
        "--rate" => this with { RatePerSecond = Long(value) },
        "--warm-up" => this with { WarmUp = Seconds(value) },
        "--duration" => this with { Duration = Seconds(value) },
        "--messages" => this with { Messages = Long(value) },
        "--expect" => this with { Expect = Long(value) },
        "--quiet" => this with { Quiet = Seconds(value) },
        "--prefetch" => this with { Prefetch = ushort.Parse(value, CultureInfo.InvariantCulture) },
        "--ack-every" => this with { AckEvery = Int(value) },
        "--queue-type" => this with { QueueType = value },
        "--durable" => this with { Durable = bool.Parse(value) },
        "--qos" => this with { Qos = Int(value) },
        "--header" when value is "json" or "binary" => this with { BinaryHeader = value is "binary" },
        "--batch" => this with { Batch = Int(value) },
        "--prefix" => this with { Prefix = value },
        "--pids" => this with { Pids = Ints(value) },
        "--json" => this with { Json = value },
        "--connections" => this with { Connections = Ints(value) },
        "--settle" => this with { Settle = Seconds(value) },
        "--parallel" => this with { Parallel = Int(value) },
        _ => throw new FormatException($"{name} {value}: unknown"),
    };

    private LoadOptions WithDefaults()
    {
        int port = Protocol switch
        {
            Protocol.Amqp => 5672,
            Protocol.Mqtt => 1883,
            Protocol.RocketMq => 9876,
            _ => 8080,
        };
        string guest = Protocol is Protocol.Amqp ? "guest" : "";
        return this with
        {
            Addresses = Addresses.Count > 0 ? Addresses : [new IPEndPoint(IPAddress.Loopback, port)],
            User = User.Length > 0 ? User : guest,
            Password = Password.Length > 0 ? Password : guest,
        };
    }

    private LoadOptions Checked()
    {
        int minBytes = Protocol is Protocol.Cmq ? MessageStamp.Bytes / 3 * 4 : MessageStamp.Bytes;
        if (SizeBytes < minBytes)
            throw new FormatException($"--size: at least {minBytes}");
        if (Window is < 1 or > MaxWindow)
            throw new FormatException($"--window: 1 to {MaxWindow}");
        if (Qos is < 0 or > 2)
            throw new FormatException("--qos: 0, 1 or 2");
        if (Batch is < 1 or > 16)
            throw new FormatException("--batch: 1 to 16");
        int[] counts = [Publishers, Consumers, Queues, AckEvery, Parallel, .. Connections];
        if (counts.Any(count => count < 1) || Messages < 1 || RatePerSecond < 0)
            throw new FormatException("counts are at least 1");

        // More would never be acknowledged: the broker stops at the prefetch, the consumer waits for its batch.
        if (Prefetch != 0 && AckEvery > Prefetch)
            throw new FormatException("--ack-every: at most the prefetch");
        if (Protocol is Protocol.Mqtt && Consumers > Queues && Consumers % Queues != 0)
            throw new FormatException("--consumers: as many on every topic");
        return CheckedPhases();
    }

    private LoadOptions CheckedPhases()
    {
        bool isIdle = Phases.Contains(PhaseKind.Idle);
        if (isIdle && (Phases.Count > 1 || Pids.Count == 0 || Protocol is not (Protocol.Amqp or Protocol.Mqtt)))
            throw new FormatException("--phases: idle stands alone, needs --pids, and is for amqp and mqtt");
        if (isIdle && !Connections.SequenceEqual(Connections.Distinct().Order()))
            throw new FormatException("--connections: rising");
        if (Protocol is Protocol.Mqtt && Phases.Any(phase => phase is PhaseKind.Fill or PhaseKind.Consume))
            throw new FormatException("--phases: clean MQTT sessions keep nothing, so produce or both");
        return this;
    }

    private static T One<T>(string name, string value) where T : struct, Enum =>
        Enum.TryParse(value, ignoreCase: true, out T one) && Enum.IsDefined(one) ? one : throw Wrong(name);

    private static FormatException Wrong(string name) => new($"{name}: none of the values that it has");

    private static int Int(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    private static long Long(string value) => long.Parse(value, CultureInfo.InvariantCulture);

    private static IReadOnlyList<int> Ints(string value) => [.. value.Split(',').Select(Int)];

    private static TimeSpan Seconds(string value) =>
        TimeSpan.FromSeconds(double.Parse(value, CultureInfo.InvariantCulture));
}
