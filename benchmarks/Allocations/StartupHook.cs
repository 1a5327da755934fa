using System.Diagnostics.CodeAnalysis;
using Cmq.MultiProtocol.Benchmarks.Allocations;

/// <summary>Loaded into an unchanged cmqd by the runtime (DOTNET_STARTUP_HOOKS), so the broker needs no mode for
/// it.</summary>
[SuppressMessage("Design", "CA1050", Justification = "The runtime looks for it outside of any namespace.")]
internal static class StartupHook
{
    /// <summary>Names the file that is written to.</summary>
    private const string PathVariable = "ALLOCATIONS_FILE";

    private static AllocationListener? _listener;

    public static void Initialize()
    {
        // The tools that start cmqd's process inherit the hook, not the wish.
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path)
            _listener = new AllocationListener(path);
    }
}
