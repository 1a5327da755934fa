using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Publishes that wait for their acknowledgement. It goes out in the order in which they came (MQTT 5.0
/// §4.6), and never before the publish is done.</summary>
internal sealed class MqttAckWindow
{
    private const int FirstSize = 8;

    /// <summary>State of number <c>_first + i</c>, in a ring whose size is a power of two; null while idle.</summary>
    private Entry[]? _ring;
    private ulong _first = 1;
    private ulong _next = 1;

    /// <summary>Not acknowledged yet.</summary>
    public int Count => (int)(_next - _first);

    /// <summary>Takes a publish in.</summary>
    /// <param name="type">PUBACK or PUBREC.</param>
    /// <returns>Its number, from 1.</returns>
    public ulong Add(MqttPacketType type, ushort packetId)
    {
        _ring ??= new Entry[FirstSize];
        if (Count == _ring.Length)
            Grow();
        this[_next] = new Entry(type, packetId, IsDone: false, MqttReason.Success);
        return _next++;
    }

    public void Complete(ulong number, MqttReason reason)
    {
        if (number >= _first && number < _next)
            this[number] = this[number] with { IsDone = true, Reason = reason };
    }

    /// <summary>The next one that can go out.</summary>
    public bool TryTake(out MqttPacketType type, out ushort packetId, out MqttReason reason)
    {
        Entry entry = Count > 0 ? this[_first] : default;
        (type, packetId, reason) = (entry.Type, entry.PacketId, entry.Reason);
        if (!entry.IsDone)
            return false;
        _first++;
        // An idle connection keeps no memory.
        if (Count == 0)
            _ring = null;
        return true;
    }

    private ref Entry this[ulong number] => ref _ring![number & (ulong)(_ring.Length - 1)];

    private void Grow()
    {
        Entry[] old = _ring!;
        var larger = new Entry[old.Length * 2];
        for (ulong number = _first; number < _next; number++)
            larger[number & (ulong)(larger.Length - 1)] = old[number & (ulong)(old.Length - 1)];
        _ring = larger;
    }

    private readonly record struct Entry(MqttPacketType Type, ushort PacketId, bool IsDone, MqttReason Reason);
}
