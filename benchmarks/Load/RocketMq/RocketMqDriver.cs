using System.Globalization;
using System.Net;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.RocketMq;

/// <summary>One topic with queues on every broker name; connections take turns over the broker names.</summary>
internal sealed class RocketMqDriver : IDriver
{
    private const int BufferBytes = 128 * 1024;

    private readonly LoadOptions _options;
    private readonly Ledger _ledger;
    private readonly Phase _phase;
    private readonly string _topic;
    private readonly (string Name, IPEndPoint Address)[] _brokers;
    private readonly RocketMqOffsets[][] _offsets;

    public RocketMqDriver(LoadOptions options, Ledger ledger, Phase phase)
    {
        (_options, _ledger, _phase) = (options, ledger, phase);
        _topic = string.Create(CultureInfo.InvariantCulture, $"{options.Prefix}-{ledger.Run:x}");
        using var names = new RocketMqAdministrator(options.AddressOf(0));
        _brokers = [.. names.Brokers().Select(broker => (broker.Key, broker.Value))];
        _offsets = [.. _brokers.Select(_ => new RocketMqOffsets[options.Queues])];
        foreach (RocketMqOffsets[] queues in _offsets)
        {
            for (int queue = 0; queue < queues.Length; queue++)
                queues[queue] = new RocketMqOffsets();
        }
    }

    public string Server => string.Join(", ", _brokers.Select(broker => broker.Name));

    /// <summary>As many on every broker name: a pull goes to the one that has the queue.</summary>
    public int Consumers => (_options.Consumers + _brokers.Length - 1) / _brokers.Length * _brokers.Length;

    public int Copies => 1;

    public bool MayLose => false;

    public void Declare() => ForEachBroker(broker => broker.CreateTopic(_topic, _options.Queues));

    public void Delete() => ForEachBroker(broker => broker.DeleteTopic(_topic));

    public Producer OpenProducer(int number)
    {
        int broker = number % _brokers.Length;
        return new RocketMqProducer(number, _options, _ledger, _phase, Connect(broker), _topic, _offsets[broker]);
    }

    public Consumer OpenConsumer(int number)
    {
        int share = number / _brokers.Length;
        int shares = Consumers / _brokers.Length;
        return new RocketMqConsumer(
            _ledger, _phase, Connect(number % _brokers.Length), _topic,
            Enumerable.Range(0, _options.Queues).Where(queue => queue % shares == share));
    }

    public IReadOnlyList<string> Faults() =>
    [
        .. _brokers.SelectMany((broker, b) => _offsets[b]
            .Select((queue, q) => queue.IsContiguous ? null : $"offsets of {broker.Name} {q} are not contiguous")
            .OfType<string>()),
    ];

    private Wire Connect(int broker) => Wire.Connect(_brokers[broker].Address, BufferBytes);

    private void ForEachBroker(Action<RocketMqAdministrator> action)
    {
        foreach ((_, IPEndPoint address) in _brokers)
        {
            using var administrator = new RocketMqAdministrator(address);
            action(administrator);
        }
    }
}
