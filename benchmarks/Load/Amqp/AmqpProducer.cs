using System.Buffers.Binary;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Amqp;

/// <summary>Publishes to queues by the default exchange, with confirms. All but the stamp of a message is made once.
/// </summary>
public sealed class AmqpProducer : SocketProducer
{
    private readonly byte[][] _heads;
    private readonly byte[] _body;
    private readonly byte[] _frameHead = new byte[AmqpFrame.HeaderBytes];
    private readonly int _chunkBytes;

    public AmqpProducer(int number, LoadOptions options, Ledger ledger, Phase phase, AmqpSession session)
        : base(number, options, ledger, phase, session.Wire)
    {
        session.SelectConfirms();
        _body = MessageStamp.MakeBody(options.SizeBytes);
        _chunkBytes = session.FrameMax - AmqpFrame.HeaderBytes - 1;
        _heads = [.. Enumerable.Range(0, options.Queues).Select(queue =>
            AmqpContent.Head(options.QueueName(queue), options.SizeBytes, options.Durable))];
    }

    protected override void Write(in MessageStamp stamp)
    {
        stamp.Write(_body, _body.Length);
        Wire.Write(_heads[stamp.Queue]);
        for (int at = 0; at < _body.Length; at += _chunkBytes)
        {
            int bytes = Math.Min(_chunkBytes, _body.Length - at);
            AmqpFrame.WriteHeader(_frameHead, AmqpFrame.Body, AmqpSession.Channel, bytes);
            Wire.Write(_frameHead);
            Wire.Write(_body.AsSpan(at, bytes));
            Wire.Write([AmqpFrame.End]);
        }
    }

    protected override bool TryTake(long now)
    {
        if (!AmqpFrame.TryRead(Wire.Received, out AmqpFrame frame))
            return false;
        if (frame.Type != AmqpFrame.Heartbeat)
            Take(frame, now);
        Wire.Consume(frame.Bytes);
        return true;
    }

    private void Take(in AmqpFrame frame, long now)
    {
        if (frame.MethodId is not (AmqpMethod.BasicAck or AmqpMethod.BasicNack))
            AmqpSession.Unexpected(frame);

        // Confirms count from 1.
        long message = BinaryPrimitives.ReadInt64BigEndian(frame.Payload[4..]) - 1;
        bool isStored = frame.MethodId == AmqpMethod.BasicAck;
        if ((frame.Payload[12] & 1) != 0)
            Window.SettleUpTo(message, isStored, now);
        else
            Window.Settle(message, isStored, now);
    }
}
