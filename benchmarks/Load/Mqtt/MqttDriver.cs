using System.Globalization;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Mqtt;

/// <summary>Topics of an MQTT broker, and clean sessions.</summary>
public sealed class MqttDriver(LoadOptions options, Ledger ledger, Phase phase) : IDriver
{
    private const int BufferBytes = 64 * 1024;

    private readonly MqttAudience _audience = new();
    private int _connections;

    /// <summary>3.1.1 has no word for it.</summary>
    public string Server => "";

    public int Consumers => options.Consumers;

    public int Copies => CopiesOf(options);

    public bool MayLose => options.Qos == 0;

    /// <summary>How many subscribers each topic has.</summary>
    public static int CopiesOf(LoadOptions options) => Math.Max(1, options.Consumers / options.Queues);

    public void Declare()
    {
        // Topics need no making.
    }

    public void Delete()
    {
        // Nor do they stay.
    }

    public Producer OpenProducer(int number) =>
        new MqttProducer(number, options, ledger, phase, Open(number), _audience);

    public Consumer OpenConsumer(int number) =>
        new MqttConsumer(number, options, ledger, phase, Open(number), _audience);

    public IReadOnlyList<string> Faults() => [];

    private MqttSession Open(int number) => MqttSession.Open(
        options, number, string.Create(CultureInfo.InvariantCulture, $"load-{ledger.Run:x}-{_connections++}"),
        keepAliveSeconds: 0, BufferBytes);
}
