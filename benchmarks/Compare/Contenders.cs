using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Compare.Sides;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>Who is compared with whom. A is divided by B.</summary>
public sealed class Contenders
{
    private readonly ISide _ours;
    private readonly ISide? _other;
    private readonly ISide _ourManyQueues;
    private readonly ISide _ourOneQueue;

    /// <param name="options">Says where our builds are.</param>
    public Contenders(ComparisonOptions options)
    {
        string built = options.Ours is [var first, ..] ? first : Built();
        if (options.Ours is [_, var second])
        {
            _ours = new OursSide("build A", built);
            _other = new OursSide("build B", second);
            (_ourManyQueues, _ourOneQueue) = (_ours, _other);
        }
        else
        {
            _ours = new OursSide("cmqd", built);
            _ourManyQueues = new OursSide("cmqd, 1,000 queues", built);
            _ourOneQueue = new OursSide("cmqd, 1 queue", built);
        }
    }

    /// <summary>Whether both are ours, so that both get the arguments of ours.</summary>
    public bool AreBothOurs => _other is not null;

    public (ISide A, ISide B) Of(Setup setup) => (setup is Setup.ManyQueues ? _ourManyQueues : _ours, setup switch
    {
        _ when _other is not null => _other,
        Setup.ThreeNodes or Setup.OneNode => new RabbitSide(),
        Setup.Mqtt => new MosquittoSide(),
        Setup.ManyQueues => _ourOneQueue,
        _ => throw new UnreachableException(),
    });

    /// <summary>Debian's packages that a setup needs.</summary>
    public IEnumerable<string> Packages(Setup setup, bool isHeldBack)
    {
        if (isHeldBack)
            yield return "strace";
        if (!AreBothOurs && setup is Setup.ThreeNodes or Setup.OneNode)
            yield return "rabbitmq-server";
        if (!AreBothOurs && setup is Setup.Mqtt)
            yield return "mosquitto";
    }

    /// <summary>Where the build of this program has put cmqd.</summary>
    private static string Built()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null;
            directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Cmq.MultiProtocol.sln")))
                return Path.Combine(directory, "Host", "bin", "Release", "net10.0");
        }

        throw new FormatException("--ours: where is cmqd? This program does not stand where it was built");
    }
}
