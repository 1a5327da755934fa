using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>A process that this program started, and what it said.</summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int MaxLines = 2_000;

    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();
    private readonly Task _reading;

    private ChildProcess(Process process)
    {
        _process = process;
        process.StandardInput.Close();
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines of standard output and standard error.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="environment">Variables that are added.</param>
    public static ChildProcess Start(
        string file, IEnumerable<string> arguments, string directory,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Nobody's settings of this shell may take part.
        foreach (string name in start.Environment.Keys.Where(IsSetting).ToList())
            start.Environment.Remove(name);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start"));
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it said.</returns>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        string file, IEnumerable<string> arguments, string directory, CancellationToken cancellation,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        await using ChildProcess child = Start(file, arguments, directory, environment);
        int code = await child.WaitAsync(cancellation);
        return code == 0
            ? child.Lines
            : throw new InvalidOperationException($"{file} ended with code {code}:\n{string.Join('\n', child.Lines)}");
    }

    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>Asks it to end, and makes it end when it does not.</summary>
    /// <param name="patience">It is asked only when it has not ended by itself within this.</param>
    public async Task StopAsync(TimeSpan patience = default)
    {
        if (await HasEndedAsync(patience))
            return;
        AskToEnd(_process.Id);
        if (await HasEndedAsync(s_stopTimeout))
            return;
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Asks a process to end, for example one that this one started.</summary>
    public static void AskToEnd(int pid)
    {
        const int NoSuchProcess = 3;
        if (Kill(pid, Terminate) != 0 && Marshal.GetLastPInvokeError() != NoSuchProcess)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    private static bool IsSetting(string name) =>
        name.StartsWith("CMQ_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("RABBITMQ_", StringComparison.Ordinal);

    private async Task<bool> HasEndedAsync(TimeSpan patience)
    {
        Task exit = _process.WaitForExitAsync(CancellationToken.None);
        return await Task.WhenAny(exit, Task.Delay(patience)) == exit || _process.HasExited;
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _lines.Enqueue(line);
                if (_lines.Count > MaxLines)
                    _lines.Dequeue();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
