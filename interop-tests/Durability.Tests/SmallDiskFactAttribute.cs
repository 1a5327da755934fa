using Cmq.MultiProtocol.Interop.Durability.Workload;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>A fact that needs a disk of its own: shown as skipped where none may be mounted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        using SmallDisk? disk = SmallDisk.TryMount("64k");
        if (disk is null)
            Skip = "a tmpfs cannot be mounted here (needs root)";
    }
}
