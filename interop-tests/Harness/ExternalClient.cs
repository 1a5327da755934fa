using System.Diagnostics;

namespace Cmq.MultiProtocol.Interop;

/// <summary>Runs a client that is no .NET: a script, or a command of the system.</summary>
public static class ExternalClient
{
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="workingDirectory">Where it finds its packages.</param>
    /// <param name="environment">Added to the environment of the tests.</param>
    /// <param name="input">What it reads from standard input; null: nothing.</param>
    /// <param name="timeout">Null: a minute. A client that runs longer is killed with what it started.</param>
    /// <exception cref="TimeoutException">With what the client wrote.</exception>
    public static async Task<ClientResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string>? environment = null,
        byte[]? input = null,
        TimeSpan? timeout = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            // Not a folder for everybody's files: Python takes one called types.py for its own module.
            WorkingDirectory = workingDirectory ?? AppContext.BaseDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        using Process process = Process.Start(start)
            ?? throw new InvalidOperationException($"{file} could not be started");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task writing = WriteAsync(process, input ?? []);
        using var patience = new CancellationTokenSource(timeout ?? TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{file} did not end; it wrote:\n{await output}\n{await errors}");
        }

        await writing;
        return new ClientResult(process.ExitCode, await output, await errors);
    }

    private static async Task WriteAsync(Process process, byte[] input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException failure)
        {
            // It ended without reading all; its exit code says whether that is right.
            Debug.WriteLine(failure.Message);
        }
    }
}
