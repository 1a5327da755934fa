using System.Net;
using System.Net.Sockets;

namespace Cmq.MultiProtocol.Interop.Durability.Chaos;

/// <summary>All connections of one node to another one, through a proxy that can harm them. The node with the higher id
/// dials.</summary>
internal sealed class FaultyLink : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly List<(Socket Dialler, Socket Dialled)> _pairs = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _target;
    private readonly Task _accepting;
    private bool _isCut;

    /// <param name="dialled">The id of the node that is dialled.</param>
    /// <param name="dialler">The id of the node that dials.</param>
    /// <param name="target">The port of the node that is dialled.</param>
    public FaultyLink(int dialled, int dialler, int target)
    {
        Dialled = dialled;
        Dialler = dialler;
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Dialled { get; }

    public int Dialler { get; }

    /// <summary>What the node dials instead of the other one's port.</summary>
    public int Port { get; }

    private Gate ToDialled { get; } = new();

    private Gate ToDialler { get; } = new();

    public bool Joins(int node) => node == Dialled || node == Dialler;

    /// <summary>The direction in which this node's bytes go.</summary>
    public Gate From(int node) => node == Dialler ? ToDialled : ToDialler;

    /// <summary>Resets all connections, and new ones as soon as they come.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            foreach ((Socket dialler, Socket dialled) in _pairs)
            {
                Reset(dialler);
                Reset(dialled);
            }
        }
    }

    /// <summary>Ends one direction of the connections that are open.</summary>
    public void HalfClose(bool towardsDialled)
    {
        lock (_lock)
        {
            foreach ((Socket dialler, Socket dialled) in _pairs)
                ShutdownSend(towardsDialled ? dialled : dialler);
        }
    }

    /// <summary>Ends every harm; connections that were reset are the nodes' own matter.</summary>
    public void Heal()
    {
        lock (_lock)
            _isCut = false;
        ToDialled.Open();
        ToDialler.Open();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> carried = [];
        while (!_stop.IsCancellationRequested)
        {
            Socket dialler;
            try
            {
                dialler = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }

            carried.RemoveAll(one => one.IsCompleted);
            carried.Add(CarryAsync(dialler));
        }

        await Task.WhenAll(carried);
    }

    private async Task CarryAsync(Socket dialler)
    {
        var dialled = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        dialler.NoDelay = true;
        try
        {
            await dialled.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            lock (_lock)
            {
                if (_isCut)
                {
                    Reset(dialler);
                    Reset(dialled);
                    return;
                }

                _pairs.Add((dialler, dialled));
            }

            await Task.WhenAll(
                PumpAsync(dialler, dialled, ToDialled), PumpAsync(dialled, dialler, ToDialler));
        }
        catch (Exception end) when (IsEnd(end))
        {
            // The node is away; its peer sees a reset, as it would without a proxy.
            Reset(dialler);
        }
        finally
        {
            lock (_lock)
                _pairs.Remove((dialler, dialled));
            dialler.Dispose();
            dialled.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Gate gate)
    {
        byte[] buffer = new byte[BufferBytes];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                await gate.PassAsync(_stop.Token);
                for (int sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
            }

            await gate.PassAsync(_stop.Token);
            ShutdownSend(to);
        }
        catch (Exception end) when (IsEnd(end))
        {
            // One side is gone, so the other one goes.
            Reset(from);
            Reset(to);
        }
    }

    private static bool IsEnd(Exception end) => end
        is SocketException or OperationCanceledException or ObjectDisposedException;

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception gone) when (IsEnd(gone))
        {
            // It cannot be more gone than that.
            return;
        }

        socket.Close();
    }

    private static void ShutdownSend(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (IsEnd(gone))
        {
            // Nothing is left to be ended.
            return;
        }
    }
}
