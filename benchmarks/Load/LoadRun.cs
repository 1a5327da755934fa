using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Load.Amqp;
using Cmq.MultiProtocol.Benchmarks.Load.Cmq;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;
using Cmq.MultiProtocol.Benchmarks.Load.Mqtt;
using Cmq.MultiProtocol.Benchmarks.Load.RocketMq;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>The phases of one run, and what they gave. The calling thread only watches; every connection has a thread of
/// its own.</summary>
public sealed class LoadRun : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    private readonly LoadOptions _options;
    private readonly Phase _phase = new();
    private readonly Ledger _ledger;
    private readonly IDriver _driver;
    private readonly Workers _workers;
    private readonly List<Producer> _producers = [];
    private readonly List<Consumer> _consumers = [];

    /// <summary>Also those that are closed.</summary>
    private readonly List<Consumer> _allConsumers = [];

    public LoadRun(LoadOptions options, CancellationToken cancellation)
    {
        _options = options;
        _workers = new Workers(_phase, cancellation);
        int copies = options.Protocol is Protocol.Mqtt ? MqttDriver.CopiesOf(options) : 1;
        _ledger = new Ledger(Random.Shared.NextInt64(), options.Publishers, copies);
        _driver = options.Protocol switch
        {
            Protocol.Amqp => new AmqpDriver(options, _ledger, _phase),
            Protocol.Mqtt => new MqttDriver(options, _ledger, _phase),
            Protocol.RocketMq => new RocketMqDriver(options, _ledger, _phase),
            Protocol.Cmq => new CmqDriver(options, _ledger, _phase),
            _ => throw new UnreachableException(),
        };
    }

    private long Arrived => _allConsumers.Sum(consumer => consumer.Arrived);

    private long Confirmed => _producers.Sum(producer => producer.Window.Confirmed);

    /// <exception cref="IOException">A connection ended before its time, or the broker refuses something.</exception>
    public (string Server, IReadOnlyList<PhaseReport> Phases, Verification Verification) Run()
    {
        _driver.Declare();
        List<PhaseReport> phases = [];
        foreach (PhaseKind phase in _options.Phases)
        {
            phases.Add(phase switch
            {
                PhaseKind.Produce => Publish(phase, long.MaxValue, isConsumed: false),
                PhaseKind.Fill => Publish(phase, _options.Messages, isConsumed: false),
                PhaseKind.Consume => Consume(),
                PhaseKind.Both => Publish(phase, long.MaxValue, isConsumed: true),
                _ => throw new UnreachableException(),
            });
        }

        CloseConsumers();
        Verification verification = Verify();
        if (!_options.Keep)
            _driver.Delete();
        return (_driver.Server, phases, verification);
    }

    public void Dispose()
    {
        foreach (Producer producer in _producers)
            producer.Dispose();
        foreach (Consumer consumer in _consumers)
            consumer.Dispose();
    }

    private PhaseReport Publish(PhaseKind kind, long count, bool isConsumed)
    {
        if (isConsumed)
            OpenConsumers();
        else
            CloseConsumers();
        while (_producers.Count < _options.Publishers)
            _producers.Add(_driver.OpenProducer(_producers.Count));
        ClearLatencies();
        _phase.IsOver = false;
        bool isTimed = count == long.MaxValue;
        Sample before = Sample.Take(_options, Confirmed, Arrived);
        Task publishing = _workers.Start(_producers.Select((producer, number) =>
            (Action)(() => producer.Run(isTimed ? count : Share(count, number)))));
        if (isTimed)
        {
            _workers.Wait(_options.WarmUp);
            before = Sample.Take(_options, Confirmed, Arrived);
        }

        _phase.IsMeasured = true;
        _workers.WaitFor(publishing, isTimed ? _options.Duration : Timeout.InfiniteTimeSpan);
        _phase.IsMeasured = false;
        Sample after = Sample.Take(_options, Confirmed, Arrived);
        _phase.IsOver = true;
        _workers.WaitFor(publishing, Timeout.InfiniteTimeSpan);
        if (isConsumed)
            AwaitArrivals();
        return Report(kind, before, after, Stopwatch.GetElapsedTime(before.Time, after.Time));
    }

    private PhaseReport Consume()
    {
        CloseConsumers();
        ClearLatencies();
        Sample before = Sample.Take(_options, Confirmed, Arrived);
        OpenConsumers();
        AwaitArrivals();
        Sample after = Sample.Take(_options, Confirmed, Arrived);

        // The end is the last arrival, not when it was noticed.
        long last = Math.Max(before.Time + 1, _consumers.Max(consumer => consumer.LastArrival));
        return Report(PhaseKind.Consume, before, after, Stopwatch.GetElapsedTime(before.Time, last));
    }

    private long Share(long count, int number) =>
        (count / _options.Publishers) + (number < count % _options.Publishers ? 1 : 0);

    private void OpenConsumers()
    {
        while (_consumers.Count < _driver.Consumers)
        {
            Consumer consumer = _driver.OpenConsumer(_consumers.Count);
            _consumers.Add(consumer);
            _allConsumers.Add(consumer);
            _workers.Start(consumer);
        }
    }

    private void CloseConsumers()
    {
        foreach (Consumer consumer in _consumers)
            consumer.Stop();
        _workers.AwaitConsumers();
        foreach (Consumer consumer in _consumers)
            consumer.Dispose();
        _consumers.Clear();
    }

    /// <summary>Until all that should has arrived, or nothing comes any more.</summary>
    private void AwaitArrivals()
    {
        while (true)
        {
            long wanted = _options.Expect >= 0 ? _options.Expect : Confirmed;
            if (wanted > 0 && _ledger.Distinct >= wanted)
                return;
            long last = _consumers.Max(consumer => consumer.LastArrival);
            if (Stopwatch.GetElapsedTime(last) > _options.Quiet)
                return;
            _workers.Wait(s_look);
        }
    }

    private void ClearLatencies()
    {
        // Connections are at rest: publishers are not running, and consumers get nothing.
        foreach (Producer producer in _producers)
            producer.Window.Latencies.Clear();
        foreach (Consumer consumer in _consumers)
            consumer.Latencies.Clear();
    }

    private PhaseReport Report(PhaseKind kind, Sample before, Sample after, TimeSpan elapsed)
    {
        var confirms = new Histogram();
        foreach (Producer producer in _producers)
            confirms.Add(producer.Window.Latencies);
        var ends = new Histogram();
        foreach (Consumer consumer in _consumers)
            ends.Add(consumer.Latencies);
        long confirmed = after.Confirmed - before.Confirmed;
        long delivered = after.Arrived - before.Arrived;
        double seconds = Math.Round(elapsed.TotalSeconds, 3);
        double millions = Math.Max(1, Math.Max(confirmed, delivered)) / 1e6;
        double? broker = after.BrokerCpu - before.BrokerCpu;
        double generator = after.GeneratorCpu - before.GeneratorCpu;
        return new PhaseReport(
            kind, seconds, confirmed, Math.Round(confirmed / seconds), delivered, Math.Round(delivered / seconds),
            _driver.MayLose || kind is PhaseKind.Consume ? null : confirms.Figures(), ends.Figures(),
            Rounded(broker), Rounded(broker / millions), Math.Round(generator, 3), Math.Round(generator / millions, 3),
            Rounded(after.ResidentBytes / 1e6));
    }

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 3) : null;

    private Verification Verify()
    {
        // What was published after the last phase that consumes is still there.
        bool isWhole = _options.Phases[^1] is PhaseKind.Consume or PhaseKind.Both;
        long sent = _producers.Sum(producer => producer.Window.Sent);
        long refused = _producers.Sum(producer => producer.Window.Refused);
        long unanswered = _producers.Sum(producer => producer.Window.Open);
        long distinct = _ledger.Distinct;
        long missing = isWhole ? Math.Max(_ledger.Missing, _options.Expect - distinct) : 0;
        long twice = _allConsumers.Sum(consumer => consumer.Twice);
        long outOfOrder = _allConsumers.Sum(consumer => consumer.OutOfOrder);
        long damaged = _allConsumers.Sum(consumer => consumer.Damaged);
        IReadOnlyList<string> faults = _driver.Faults();
        bool isRight = refused + unanswered + twice + outOfOrder + damaged + faults.Count == 0
            && (missing == 0 || _driver.MayLose) && (_options.Expect < 0 || distinct == _options.Expect);
        return new Verification(
            isRight, isWhole, sent, Confirmed, refused, unanswered, distinct, missing, twice, outOfOrder, damaged,
            _allConsumers.Sum(consumer => consumer.Redelivered), faults);
    }
}
