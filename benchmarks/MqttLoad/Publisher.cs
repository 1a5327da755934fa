using System.Buffers.Binary;
using System.Net.Sockets;

namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>One connection that publishes as much at once as its window allows. It has a thread of its own; another
/// task reads the acknowledgements.</summary>
/// <param name="client">Connected.</param>
/// <param name="qos">0 or 1.</param>
/// <param name="topic">Of all messages.</param>
/// <param name="run">Number of the run.</param>
/// <param name="options">Size and window.</param>
/// <param name="progress">Told of acknowledgements.</param>
/// <param name="arrived">How many messages every subscriber has at least.</param>
public sealed class Publisher(
    RawClient client, int qos, string topic, long run, LoadOptions options, Progress progress, Func<long> arrived)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>So long nothing arrives: what is under way is lost. QoS 0 may be.</summary>
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(5);

    private readonly byte[] _template = Packets.PublishTemplate(topic, qos, options.SizeBytes);
    private long _sent;
    private long _acked;
    private long _lost;

    public long Sent => Volatile.Read(ref _sent);

    public long Acked => Volatile.Read(ref _acked);

    /// <summary>Publishes until it is stopped.</summary>
    public void Run(CancellationToken stop)
    {
        byte[] buffer = new byte[Math.Max(BufferBytes, _template.Length)];
        while (!stop.IsCancellationRequested)
        {
            // Half a window at a time: waking for each message would measure the waking.
            if (!progress.WaitFor(() => Room >= (options.Window + 1) / 2 || stop.IsCancellationRequested, LostAfter)
                && qos == 0)
            {
                _lost = _sent - arrived();
            }

            for (int room = (int)Room; room > 0; room = (int)Room)
            {
                int bytes = Fill(buffer, room);
                for (int at = 0; at < bytes;)
                    at += client.Socket.Send(buffer, at, bytes - at, SocketFlags.None);
            }
        }
    }

    /// <summary>Reads acknowledgements until the connection ends or it is stopped.</summary>
    /// <exception cref="IOException">It is none, or not the next one.</exception>
    public async Task ReadAcksAsync(CancellationToken stop)
    {
        var input = new PacketBuffer();
        while (await input.FillAsync(client, stop))
        {
            while (input.TryTake(out byte first, out ReadOnlySpan<byte> body))
            {
                if (first != Packets.PubAck || BinaryPrimitives.ReadUInt16BigEndian(body) != IdOf(_acked))
                    throw new IOException($"not the next acknowledgement: {first:X2} {Convert.ToHexString(body)}");
                Volatile.Write(ref _acked, _acked + 1);
            }

            progress.Made();
        }

        throw new IOException("the broker closed the publisher's connection");
    }

    private static ushort IdOf(long sequence) => (ushort)((sequence % ushort.MaxValue) + 1);

    /// <summary>Messages that may go out now.</summary>
    private long Room => options.Window - (_sent - Math.Min(arrived() + _lost, qos == 0 ? long.MaxValue : Acked));

    /// <returns>Bytes of as many packets as there is room for.</returns>
    private int Fill(byte[] buffer, int room)
    {
        int at = 0;
        for (; room > 0 && buffer.Length - at >= _template.Length; room--, at += _template.Length)
        {
            Span<byte> packet = buffer.AsSpan(at, _template.Length);
            _template.CopyTo(packet);
            int payload = packet.Length - options.SizeBytes;
            new MessageBody(run, _sent).Write(packet[payload..]);
            if (qos > 0)
                BinaryPrimitives.WriteUInt16BigEndian(packet[(payload - 2)..], IdOf(_sent));
            Volatile.Write(ref _sent, _sent + 1);
        }

        return at;
    }
}
