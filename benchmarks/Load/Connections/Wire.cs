using System.Net;
using System.Net.Sockets;

namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>A plain blocking socket with a buffer each way: many messages go out with one write, and what comes in is
/// parsed where it lies. Used by one thread.</summary>
public sealed class Wire : IDisposable
{
    /// <summary>How often a thread that receives looks whether it should stop.</summary>
    private const int LookMs = 250;

    /// <summary>A broker that takes nothing for so long hangs.</summary>
    private const int SendTimeoutMs = 120_000;

    /// <summary>As long a broker may take to answer a question of the set-up.</summary>
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;
    private readonly byte[] _output;
    private byte[] _input;
    private int _start;
    private int _end;
    private int _written;

    private Wire(Socket socket, int bufferBytes)
    {
        _socket = socket;
        _input = new byte[bufferBytes];
        _output = new byte[bufferBytes];
    }

    /// <summary>What was received and is not consumed yet.</summary>
    public ReadOnlySpan<byte> Received => _input.AsSpan(_start, _end - _start);

    /// <summary>The same for readers that want a memory.</summary>
    public ReadOnlyMemory<byte> ReceivedMemory => _input.AsMemory(_start, _end - _start);

    /// <param name="address">Of the broker.</param>
    /// <param name="bufferBytes">Of each buffer; the input's grows to the largest frame.</param>
    /// <param name="source">Own address; null: any.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static Wire Connect(IPEndPoint address, int bufferBytes, IPAddress? source = null)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = LookMs,
            SendTimeout = SendTimeoutMs,
        };
        try
        {
            if (source is not null)
                socket.Bind(new IPEndPoint(source, 0));
            socket.Connect(address);
            return new Wire(socket, bufferBytes);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Marks the front of <see cref="Received"/> as used.</summary>
    public void Consume(int bytes) => _start += bytes;

    /// <summary>Waits up to <see cref="LookMs"/> for bytes.</summary>
    /// <returns>False when none came.</returns>
    /// <exception cref="IOException">The broker closed the connection.</exception>
    public bool TryReceive()
    {
        MakeRoom();
        int count = _socket.Receive(_input.AsSpan(_end), SocketFlags.None, out SocketError error);
        if (error is SocketError.TimedOut or SocketError.WouldBlock or SocketError.Interrupted)
            return false;
        if (error is not SocketError.Success)
            throw new IOException($"receiving: {error}");
        if (count == 0)
            throw new IOException("the broker closed the connection");
        _end += count;
        return true;
    }

    /// <summary>Waits for bytes, or so long.</summary>
    /// <returns>Whether there are any.</returns>
    public bool WaitReadable(TimeSpan time) => _socket.Poll(time, SelectMode.SelectRead);

    /// <summary>Waits for bytes of an answer.</summary>
    /// <exception cref="IOException">None came, or the broker closed the connection.</exception>
    public void ReceiveAnswer()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!TryReceive())
        {
            if (clock.Elapsed > s_answerTimeout)
                throw new IOException($"no answer in {s_answerTimeout.TotalSeconds} s");
        }
    }

    /// <summary>Room at the end of the output; what does not fit any more is sent first.</summary>
    /// <param name="bytes">At most the buffer's size.</param>
    public Span<byte> Reserve(int bytes)
    {
        if (_written + bytes > _output.Length)
            Flush();
        return _output.AsSpan(_written, bytes);
    }

    /// <summary>Adds what was reserved last.</summary>
    public void Commit(int bytes) => _written += bytes;

    /// <summary>Adds bytes, however many.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > _output.Length - _written)
        {
            int part = _output.Length - _written;
            bytes[..part].CopyTo(_output.AsSpan(_written));
            bytes = bytes[part..];
            _written = _output.Length;
            Flush();
        }

        bytes.CopyTo(_output.AsSpan(_written));
        _written += bytes.Length;
    }

    /// <summary>Sends what was written.</summary>
    /// <exception cref="SocketException">The connection is gone, or the broker takes nothing.</exception>
    public void Flush()
    {
        for (int at = 0; at < _written;)
            at += _socket.Send(_output, at, _written - at, SocketFlags.None);
        _written = 0;
    }

    public void Dispose() => _socket.Dispose();

    private void MakeRoom()
    {
        if (_start == _end)
            (_start, _end) = (0, 0);
        if (_end < _input.Length)
            return;
        if (_start > 0)
        {
            _input.AsSpan(_start, _end - _start).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
        }
        else
        {
            Array.Resize(ref _input, _input.Length * 2);
        }
    }
}
