using System.Buffers.Binary;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Amqp;

/// <summary>Consumes its queues and acknowledges in groups.</summary>
public sealed class AmqpConsumer : SocketConsumer
{
    private readonly AmqpSession _session;
    private readonly int _ackEvery;
    private readonly byte[] _ack = new AmqpArguments(AmqpMethod.BasicAck)
        .LongLong(0).Octet(1).Frame(AmqpSession.Channel);

    private ulong _tag;
    private bool _redelivered;
    private int _unacknowledged;
    private byte[] _body = [];
    private int _bodyBytes;
    private int _bodyAt;

    public AmqpConsumer(int number, LoadOptions options, Ledger ledger, Phase phase, AmqpSession session)
        : base(ledger, 0, phase, session.Wire)
    {
        (_session, _ackEvery) = (session, options.AckEvery);
        if (options.Prefetch > 0)
            session.Qos(options.Prefetch);
        foreach (int queue in options.QueuesOf(number, options.Consumers))
            session.Consume(options.QueueName(queue));
    }

    protected override bool TryTake()
    {
        if (!AmqpFrame.TryRead(Wire.Received, out AmqpFrame frame))
            return false;
        switch (frame.Type)
        {
            case AmqpFrame.Body:
                TakeBody(frame.Payload);
                break;
            case AmqpFrame.Header:
                _bodyBytes = checked((int)BinaryPrimitives.ReadInt64BigEndian(frame.Payload[4..]));
                break;
            case AmqpFrame.Method when frame.MethodId == AmqpMethod.BasicDeliver:
                int tag = 5 + frame.Payload[4];
                _tag = BinaryPrimitives.ReadUInt64BigEndian(frame.Payload[tag..]);
                _redelivered = (frame.Payload[tag + 8] & 1) != 0;
                break;
            case AmqpFrame.Method when frame.MethodId == AmqpMethod.BasicCancel:
                throw new IOException("the broker cancelled a consumer");
            case AmqpFrame.Method when frame.MethodId != AmqpMethod.BasicConsumeOk:
                AmqpSession.Unexpected(frame);
                break;
        }

        Wire.Consume(frame.Bytes);
        return true;
    }

    protected override void End()
    {
        if (_unacknowledged > 0)
            Acknowledge();

        // Closing waits for an answer, and so for the acknowledgement before it.
        _session.Close();
    }

    private void TakeBody(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < _bodyBytes)
        {
            if (_body.Length < _bodyBytes)
                _body = new byte[_bodyBytes];
            payload.CopyTo(_body.AsSpan(_bodyAt));
            _bodyAt += payload.Length;
            if (_bodyAt < _bodyBytes)
                return;
            payload = _body.AsSpan(0, _bodyBytes);
            _bodyAt = 0;
        }

        Take(payload, _redelivered);
        if (++_unacknowledged >= _ackEvery)
            Acknowledge();
    }

    private void Acknowledge()
    {
        BinaryPrimitives.WriteUInt64BigEndian(_ack.AsSpan(AmqpFrame.HeaderBytes + 4), _tag);
        Wire.Write(_ack);
        _unacknowledged = 0;
    }
}
