using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>What a phase gave while it was measured.</summary>
/// <param name="Phase">Which.</param>
/// <param name="Seconds">Measured.</param>
/// <param name="Confirmed">Messages confirmed in that time (MQTT QoS 0: that arrived everywhere).</param>
/// <param name="ConfirmedPerSecond">The same, by the second.</param>
/// <param name="Delivered">Messages delivered in that time, to all consumers together.</param>
/// <param name="DeliveredPerSecond">The same, by the second.</param>
/// <param name="ConfirmMs">From sending to the confirm; null without confirms.</param>
/// <param name="EndToEndMs">From sending to the delivery; of messages that this run published in this phase.</param>
/// <param name="BrokerCpuSeconds">Processor time of the broker's processes; null when they are not known.</param>
/// <param name="BrokerCpuSecondsPerMillion">For a million messages, counted where more were: in or out.</param>
/// <param name="GeneratorCpuSeconds">Processor time of this process.</param>
/// <param name="GeneratorCpuSecondsPerMillion">As the broker's.</param>
/// <param name="BrokerResidentMb">At the end, in millions of bytes.</param>
public sealed record PhaseReport(
    PhaseKind Phase,
    double Seconds,
    long Confirmed,
    double ConfirmedPerSecond,
    long Delivered,
    double DeliveredPerSecond,
    LatencyFigures? ConfirmMs,
    LatencyFigures? EndToEndMs,
    double? BrokerCpuSeconds,
    double? BrokerCpuSecondsPerMillion,
    double GeneratorCpuSeconds,
    double GeneratorCpuSecondsPerMillion,
    double? BrokerResidentMb);
