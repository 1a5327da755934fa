namespace Cmq.MultiProtocol.Benchmarks.Compare.Sides;

/// <summary>A broker that can be measured.</summary>
public interface ISide
{
    /// <summary>As the table calls it.</summary>
    string Name { get; }

    /// <summary>What it is, to the build.</summary>
    Task<string> VersionAsync(CancellationToken cancellation);

    /// <summary>What is on disk when it confirms, and what is not; and the settings that differ from its defaults.</summary>
    string Conditions(Setup setup);

    /// <summary>Starts it on free ports and waits until it serves.</summary>
    /// <param name="setup">What to start.</param>
    /// <param name="directory">Empty; for its data.</param>
    /// <param name="holdBackMs">Every write to disk takes so long more; 0 = as long as it takes.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<RunningBroker> StartAsync(Setup setup, string directory, double holdBackMs, CancellationToken cancellation);
}
