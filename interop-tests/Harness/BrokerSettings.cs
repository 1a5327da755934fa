namespace Cmq.MultiProtocol.Interop;

/// <summary>How a test wants its broker. The default is a single node on free ports with data of its own.</summary>
public sealed record BrokerSettings
{
    /// <summary>Null: a new temporary one, removed with the process.</summary>
    public string? DataDirectory { get; init; }

    public int NodeId { get; init; } = 1;

    /// <summary>0 = free ones.</summary>
    public int ClusterPort { get; init; }

    /// <summary>Further arguments, for example <c>--Limits:MaxMessageBytes=1MiB</c>; they win.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Seeds the key pair that <see cref="BrokerProcess.SecretId"/> names; false: the broker draws
    /// one.</summary>
    public bool SeedAccessKey { get; init; } = true;

    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A stop must end within this.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
