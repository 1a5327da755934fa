using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>Something that was done to one file, and that a process may have died before, or in the middle of.</summary>
/// <param name="Path">The file.</param>
/// <param name="Before">What it held; null: there was none.</param>
internal sealed record FileStep(string Path, byte[]? Before)
{
    /// <summary>It was never begun.</summary>
    public void Undo()
    {
        if (Before is null)
            File.Delete(Path);
        else
            File.WriteAllBytes(Path, Before);
    }

    /// <summary>Its process died in it: only of a segment that was being sealed can there be a part.</summary>
    public void LeaveInPart(HalfSeal half)
    {
        byte[] after = Before is not null && File.Exists(Path) ? File.ReadAllBytes(Path) : [];
        SegmentTrailer? trailer = after.Length == 0 || after.AsSpan().SequenceEqual(Before) ? null : half.TrailerOf(Path);
        if (trailer is null)
            Undo();
        else
            File.WriteAllBytes(Path, half.PartOf(Before!, after, trailer));
    }

    /// <summary>All of a file that somebody may have deleted.</summary>
    public static byte[] ReadAll(SafeFileHandle file)
    {
        byte[] bytes = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, bytes, 0);
        return bytes;
    }
}
