namespace Cmq.MultiProtocol.Host;

/// <summary>What the process tells whoever started it.</summary>
internal static class ExitCode
{
    /// <summary>Stopped because it was asked to.</summary>
    public const int Stopped = 0;

    /// <summary>Could not start, or had to stop.</summary>
    public const int Failed = 1;

    /// <summary>The configuration is wrong; trying again does not help.</summary>
    public const int WrongConfiguration = 2;

    /// <summary>The data directory is damaged; trying again does not help, the node is to be rebuilt.</summary>
    public const int Damaged = 3;
}
