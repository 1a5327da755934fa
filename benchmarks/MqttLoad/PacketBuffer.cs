namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>What was received and is not taken yet. Not safe for several threads.</summary>
public sealed class PacketBuffer
{
    private readonly byte[] _bytes = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Waits for more bytes.</summary>
    /// <returns>False: the broker has closed the connection.</returns>
    public async ValueTask<bool> FillAsync(RawClient client, CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }

        int count = await client.Socket.ReceiveAsync(_bytes.AsMemory(_end), cancellation);
        _end += count;
        return count > 0;
    }

    /// <summary>Takes the next packet; its body is good until the next call.</summary>
    /// <returns>False when more bytes are needed.</returns>
    public bool TryTake(out byte first, out ReadOnlySpan<byte> body)
    {
        first = 0;
        body = default;
        ReadOnlySpan<byte> left = _bytes.AsSpan(_start, _end - _start);
        if (!Packets.TryMeasure(left, out int bodyAt, out int end))
            return false;
        first = left[0];
        body = left[bodyAt..end];
        _start += end;
        return true;
    }
}
