using System.Globalization;

namespace Cmq.MultiProtocol.Benchmarks.Compare.Sides;

/// <summary>A program whose writes to disk are held back: strace stops the thread that made the call for so long after it
/// is done. The program does not know. A system call filter keeps all other calls at full speed; the traced ones cost some
/// ten microseconds more, and strace's own processor time is not counted as the broker's.</summary>
public static class HeldBack
{
    /// <summary>A plain write that no sync follows is not held back, so our store's writes, which are synchronous by how
    /// the file was opened, are named by their call: pwrite64. RabbitMQ's files are synced by calls of their own.</summary>
    private const string Ours = "pwrite64,pwritev,fsync,fdatasync";
    private const string Theirs = "fsync,fdatasync";

    /// <returns>The command line that runs <paramref name="file"/> so; itself when nothing is held back.</returns>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="milliseconds">0 = not at all.</param>
    /// <param name="isOurs">Whose calls to hold back.</param>
    public static (string File, IReadOnlyList<string> Arguments) Wrap(
        string file, IReadOnlyList<string> arguments, double milliseconds, bool isOurs)
    {
        if (milliseconds == 0)
            return (file, arguments);
        string calls = isOurs ? Ours : Theirs;
        string microseconds = (milliseconds * 1000).ToString("F0", CultureInfo.InvariantCulture);

        // -D: the tracer is the grandchild, so that the process started here is the program itself.
        return ("strace",
        [
            "-D", "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", $"--trace={calls}",
            $"--inject={calls}:delay_exit={microseconds}", "--signal=none", "--", file, .. arguments,
        ]);
    }
}
