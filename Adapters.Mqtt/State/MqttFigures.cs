using System.Globalization;
using System.Reflection;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Figures of this node's MQTT door, and their topics (<c>$SYS/broker/...</c>, as mosquitto names them).
/// Thread-safe.</summary>
public sealed class MqttFigures
{
    public const string Prefix = "$SYS/broker/";

    private readonly long _startedMs;
    private long _connected;
    private long _maximum;
    private long _total;
    private long _received;
    private long _sent;
    private long _publishesReceived;
    private long _publishesSent;
    private long _publishesDropped;
    private long _bytesReceived;
    private long _bytesSent;
    private long _subscriptions;
    private long _takenOver;

    /// <param name="startedMs">Unix ms.</param>
    public MqttFigures(long startedMs) => _startedMs = startedMs;

    /// <summary>Messages that were not sent: their client is too slow, or takes no packet of that size.</summary>
    public long PublishesDropped => Interlocked.Read(ref _publishesDropped);

    public long Connected => Interlocked.Read(ref _connected);

    internal void ClientConnected()
    {
        Interlocked.Increment(ref _total);
        long now = Interlocked.Increment(ref _connected);
        for (long most = Interlocked.Read(ref _maximum); now > most;)
            most = Interlocked.CompareExchange(ref _maximum, now, most);
    }

    internal void ClientDisconnected() => Interlocked.Decrement(ref _connected);

    internal void Received(int packets, long bytes)
    {
        Interlocked.Add(ref _received, packets);
        Interlocked.Add(ref _bytesReceived, bytes);
    }

    internal void BytesSent(long bytes) => Interlocked.Add(ref _bytesSent, bytes);

    internal void PublishReceived() => Interlocked.Increment(ref _publishesReceived);

    internal void PublishSent()
    {
        Interlocked.Increment(ref _sent);
        Interlocked.Increment(ref _publishesSent);
    }

    internal void PublishDropped() => Interlocked.Increment(ref _publishesDropped);

    internal void Subscribed(int change) => Interlocked.Add(ref _subscriptions, change);

    internal void TakenOver() => Interlocked.Increment(ref _takenOver);

    /// <summary>Topic and text of every figure.</summary>
    /// <param name="nowMs">Unix ms.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Read(long nowMs) =>
    [
        new(Prefix + "version", $"Cmq.MultiProtocol {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}"),
        new(Prefix + "uptime", $"{Shown((nowMs - _startedMs) / 1000)} seconds"),
        Of("clients/connected", ref _connected),
        Of("clients/active", ref _connected),
        Of("clients/maximum", ref _maximum),
        Of("clients/total", ref _total),
        Of("clients/takenover", ref _takenOver),
        Of("messages/received", ref _received),
        Of("messages/sent", ref _sent),
        Of("publish/messages/received", ref _publishesReceived),
        Of("publish/messages/sent", ref _publishesSent),
        Of("publish/messages/dropped", ref _publishesDropped),
        Of("bytes/received", ref _bytesReceived),
        Of("bytes/sent", ref _bytesSent),
        Of("subscriptions/count", ref _subscriptions),
        new(Prefix + "heap/current", Shown(GC.GetTotalMemory(forceFullCollection: false))),
    ];

    private static KeyValuePair<string, string> Of(string name, ref long value) =>
        new(Prefix + name, Shown(Interlocked.Read(ref value)));

    private static string Shown(long value) => value.ToString(CultureInfo.InvariantCulture);
}
