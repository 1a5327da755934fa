using System.Net;
using System.Net.Sockets;

namespace Cmq.MultiProtocol.Interop;

/// <summary>Ports that nobody listens on at the moment, for addresses that must be known before the start.</summary>
public static class FreePorts
{
    public static int[] Pick(int count)
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
}
