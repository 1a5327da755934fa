using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>One connection that receives, acknowledges, and looks that nothing is missing, comes twice or out of
/// order.</summary>
/// <param name="client">Subscribed.</param>
/// <param name="run">Number of the run.</param>
/// <param name="progress">Told of arrivals.</param>
public sealed class Subscriber(RawClient client, long run, Progress progress)
{
    private byte[] _acks = new byte[1_024 * Packets.AckBytes];
    private int _ackBytes;
    private long _next;
    private long _arrived;

    /// <summary>The number after that of the newest message.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>Messages that came.</summary>
    public long Arrived => Volatile.Read(ref _arrived);

    /// <summary>Numbers that were left out.</summary>
    public long Missing { get; private set; }

    /// <summary>Messages that came again, or too late.</summary>
    public long Repeated { get; private set; }

    /// <summary>Receives until the connection ends or it is stopped.</summary>
    /// <exception cref="IOException">The broker closed it, or sends what nobody asked for.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        var input = new PacketBuffer();
        while (await input.FillAsync(client, stop))
        {
            while (input.TryTake(out byte first, out ReadOnlySpan<byte> body))
                Take(first, body);
            progress.Made();
            await client.SendAsync(_acks.AsMemory(0, _ackBytes), stop);
            _ackBytes = 0;
        }

        throw new IOException("the broker closed a subscriber's connection");
    }

    private void Take(byte first, ReadOnlySpan<byte> body)
    {
        if ((first & 0xF0) != Packets.Publish)
            throw new IOException($"not a PUBLISH: {first:X2}");
        int payload = 2 + BinaryPrimitives.ReadUInt16BigEndian(body);
        if ((first & 0x06) != 0)
        {
            Acknowledge(BinaryPrimitives.ReadUInt16BigEndian(body[payload..]));
            payload += 2;
        }

        MessageBody message = MessageBody.Read(body[payload..]);
        if (message.Run != run)
            throw new IOException("a message of somebody else");
        Volatile.Write(ref _arrived, _arrived + 1);
        if (message.Sequence < _next)
        {
            Repeated++;
            return;
        }

        Missing += message.Sequence - _next;
        Volatile.Write(ref _next, message.Sequence + 1);
    }

    private void Acknowledge(ushort id)
    {
        if (_ackBytes == _acks.Length)
            Array.Resize(ref _acks, _acks.Length * 2);
        Packets.WriteAck(_acks.AsSpan(_ackBytes), id);
        _ackBytes += Packets.AckBytes;
    }
}
