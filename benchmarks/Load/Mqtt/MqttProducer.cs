using System.Buffers.Binary;
using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Mqtt;

/// <summary>Publishes with one QoS. A message is sent only when an earlier one has arrived everywhere, so that no broker
/// has to drop what it cannot hold.</summary>
public sealed class MqttProducer : SocketProducer
{
    /// <summary>So long nothing arrives: what is under way is lost. QoS 0 may be.</summary>
    private static readonly TimeSpan s_lostAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private readonly LoadOptions _options;
    private readonly MqttAudience _audience;
    private readonly Progress _progress = new();
    private readonly NumberSet[] _arrived;
    private readonly Dictionary<int, byte[]> _packets = [];
    private long _lost;
    private long _arrivedBefore;
    private long _arrivedAt = Stopwatch.GetTimestamp();

    public MqttProducer(
        int number, LoadOptions options, Ledger ledger, Phase phase, MqttSession session, MqttAudience audience)
        : base(number, options, ledger, phase, session.Wire)
    {
        (_options, _audience, _arrived) = (options, audience, ledger.ArrivedCopies(number));
        audience.Add(_progress);
        foreach (int queue in options.QueuesOf(number, options.Publishers))
        {
            byte[] packet = MqttPackets.PublishTemplate(options.QueueName(queue), options.Qos, options.SizeBytes);
            MessageStamp.MakeBody(options.SizeBytes).CopyTo(packet.AsSpan(packet.Length - options.SizeBytes));
            _packets[queue] = packet;
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _progress.Dispose();
    }

    protected override int Room
    {
        get
        {
            int room = Math.Min(Window.Room, Unheard());

            // Half a window at a time: nothing else holds wake-ups together where nobody acknowledges.
            return _options.Qos > 0 || _options.RatePerSecond > 0 || room >= (_options.Window + 1) / 2 ? room : 0;
        }
    }

    protected override void Write(in MessageStamp stamp)
    {
        byte[] packet = _packets[stamp.Queue];
        int payload = packet.Length - _options.SizeBytes;
        stamp.Write(packet.AsSpan(payload), _options.SizeBytes);
        if (_options.Qos > 0)
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(payload - 2), IdOf(stamp.Sequence));
        Wire.Write(packet);
    }

    protected override bool AwaitAnswers(TimeSpan? atMost)
    {
        if (_options.Qos > 0 && (Window.Open > 0 || !_audience.IsThere))
            return base.AwaitAnswers(atMost);

        bool isHeard = _progress.WaitFor(() => Room > 0 || IsHeard(), atMost ?? s_look);
        if (_options.Qos == 0)
            SettleHeard();
        return isHeard;
    }

    protected override bool TryTake(long now)
    {
        if (!MqttPackets.TryMeasure(Wire.Received, out int body, out int end))
            return false;
        byte type = Wire.Received[0];
        ushort id = BinaryPrimitives.ReadUInt16BigEndian(Wire.Received[body..]);
        Wire.Consume(end);
        switch (type)
        {
            case MqttPackets.PubRec when _options.Qos == 2:
                MqttPackets.WriteAck(Wire.Reserve(MqttPackets.AckBytes), MqttPackets.PubRel, id);
                Wire.Commit(MqttPackets.AckBytes);
                return true;
            case MqttPackets.PubAck when _options.Qos == 1:
            case MqttPackets.PubComp when _options.Qos == 2:
                // Ids are used again long behind the window, so one of the oldest is meant.
                int ahead = (id - IdOf(Window.Oldest) + ushort.MaxValue) % ushort.MaxValue;
                Window.Settle(Window.Oldest + ahead, isStored: true, now);
                return true;
            default:
                throw new IOException($"not an acknowledgement: {type:X2}");
        }
    }

    private static ushort IdOf(long sequence) => (ushort)((sequence % ushort.MaxValue) + 1);

    /// <summary>Messages that every subscriber has, or that are lost.</summary>
    private long Heard() => _lost + _arrived.Min(copy => copy.Count);

    /// <summary>Messages that the subscribers let go.</summary>
    private int Unheard() => _audience.IsThere
        ? (int)Math.Clamp(_options.Window - (Window.Sent - Heard()), 0, _options.Window)
        : _options.Window;

    private bool IsHeard() => !_audience.IsThere || Heard() >= Window.Sent;

    private void SettleHeard()
    {
        long now = Stopwatch.GetTimestamp();
        long heard = _audience.IsThere ? Heard() : Window.Sent;
        if (heard > _arrivedBefore || heard == Window.Sent)
            (_arrivedBefore, _arrivedAt) = (heard, now);
        if (Stopwatch.GetElapsedTime(_arrivedAt, now) > s_lostAfter)
        {
            _lost += Window.Sent - heard;
            heard = Window.Sent;
        }

        // Not above what was sent: one that was taken for lost may have come after all.
        Window.SettleUpTo(Math.Min(heard, Window.Sent) - 1, isStored: true, now);
    }
}
