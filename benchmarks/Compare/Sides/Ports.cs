using System.Net;
using System.Net.Sockets;

namespace Cmq.MultiProtocol.Benchmarks.Compare.Sides;

/// <summary>Ports of loopback.</summary>
public static class Ports
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    /// <summary>Ports that nobody listens on at the moment.</summary>
    public static int[] Free(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            // All at once, so that no port comes up twice.
            foreach (TcpListener listener in listeners)
                listener.Start();
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (TcpListener listener in listeners)
                listener.Dispose();
        }
    }

    /// <summary>Waits for something of a process.</summary>
    /// <exception cref="InvalidOperationException">It ended, or took too long.</exception>
    public static async Task<T> AwaitAsync<T>(
        ChildProcess process, string what, Func<Task<T?>> look, CancellationToken cancellation) where T : class
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_startTimeout);
        while (!patience.IsCancellationRequested && !process.HasExited)
        {
            if (await look() is { } found)
                return found;
            await Task.Delay(s_look, CancellationToken.None);
        }

        cancellation.ThrowIfCancellationRequested();
        throw new InvalidOperationException($"{what}: {string.Join('\n', process.Lines.TakeLast(50))}");
    }

    /// <summary>Waits until someone listens there.</summary>
    public static Task<string> AwaitOpenAsync(ChildProcess process, int port, CancellationToken cancellation)
    {
        string address = $"127.0.0.1:{port}";
        return AwaitAsync(process, $"nobody listens on {port}", async () =>
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return address;
            }
            catch (SocketException)
            {
                // Not yet.
                return null;
            }
        }, cancellation);
    }
}
