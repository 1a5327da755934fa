using System.Globalization;
using Cmq.MultiProtocol.Benchmarks.Load;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>One row of the table, or a few.</summary>
/// <param name="Name">As <c>--case</c> takes it.</param>
/// <param name="Title">As the table tells it.</param>
/// <param name="Setup">What is started.</param>
/// <param name="Arguments">Of the load generator, for both sides.</param>
/// <param name="Ours">More of them for ours.</param>
/// <param name="Theirs">More of them for the other side.</param>
/// <param name="Measures">What is looked at.</param>
public sealed record CompareCase(
    string Name,
    string Title,
    Setup Setup,
    string Arguments,
    string Ours,
    string Theirs,
    IReadOnlyList<Measure> Measures)
{
    private const string Both = "--publishers 2 --consumers 2 --window 500 --phases ";

    /// <summary>All cases.</summary>
    /// <param name="messages">Of the cases that consume only.</param>
    public static IReadOnlyList<CompareCase> All(long messages) =>
        [.. Queues("three", Setup.ThreeNodes, messages), .. Extra, .. Queues("one", Setup.OneNode, messages), .. Mqtt, .. Many];

    private static IReadOnlyList<CompareCase> Many { get; } =
        [ManyQueues("many-queues", window: 2), ManyQueues("many-queues-20", window: 20)];

    private static IReadOnlyList<CompareCase> Extra { get; } =
    [
        Quorum("three-latency", "three nodes, 1 publisher, 10 unconfirmed, 1 KB",
            "--publishers 1 --consumers 1 --window 10 --phases produce,consume",
            Measure.ConfirmP50(PhaseKind.Produce, "1"), Measure.ConfirmP99(PhaseKind.Produce, "1"),
            Measure.ConfirmP999(PhaseKind.Produce), Measure.Cpu(PhaseKind.Produce)),
        Quorum("three-10k", "three nodes, both at once, 10 KB", Both + "both --size 10240",
            Measure.Both("3"), Measure.EndP99(), Measure.Cpu(PhaseKind.Both)),
        Quorum("three-100", "three nodes, both at once, 100 B", Both + "both --size 100",
            Measure.Both("3"), Measure.EndP99(), Measure.Cpu(PhaseKind.Both)),
    ];

    private static IReadOnlyList<CompareCase> Mqtt { get; } =
    [
        Mosquitto("mqtt-0-1", "MQTT QoS 0, 1 to 1, 100 B", "--qos 0 --consumers 1", "0.6"),
        Mosquitto("mqtt-0-100", "MQTT QoS 0, 1 to 100, 100 B", "--qos 0 --consumers 100", "0.6"),
        Mosquitto("mqtt-1-1", "MQTT QoS 1, clean sessions, 1 to 1, 100 B", "--qos 1 --consumers 1", "0.8"),
    ];

    /// <summary>As many unconfirmed in all on both sides; with two each, nearly every message travels alone.</summary>
    private static CompareCase ManyQueues(string name, int window) => new(
        name,
        string.Create(
            CultureInfo.InvariantCulture,
            $"1,000 queues and connections against 1 queue, {500 * window:N0} unconfirmed in all, 1 KB"),
        Setup.ManyQueues,
        "--phases both",
        string.Create(
            CultureInfo.InvariantCulture, $"--queues 1000 --publishers 500 --consumers 500 --window {window}"),
        string.Create(CultureInfo.InvariantCulture, $"--publishers 2 --consumers 2 --window {250 * window}"),
        [Measure.Both("0.7"), Measure.EndP99(), Measure.Cpu(PhaseKind.Both)]);

    private static CompareCase[] Queues(string nodes, Setup setup, long messages)
    {
        string theirs = setup is Setup.ThreeNodes ? "--queue-type quorum" : "--queue-type classic";
        string title = $"{nodes} node{(setup is Setup.ThreeNodes ? "s" : "")}, ";
        string consume = string.Create(CultureInfo.InvariantCulture, $"fill,consume --messages {messages}");
        string twice = setup is Setup.ThreeNodes ? "2" : "4";
        return
        [
            new($"{nodes}-produce", title + "produce only, 1 KB", setup, Both + "produce,consume", "", theirs,
                [Measure.Produced("4"), Measure.ConfirmP99(PhaseKind.Produce), Measure.Cpu(PhaseKind.Produce)]),
            new($"{nodes}-consume", title + "consume only, 1 KB", setup, Both + consume, "", theirs,
                [Measure.Consumed(twice), Measure.Cpu(PhaseKind.Consume)]),
            new($"{nodes}-both", title + "both at once, 1 KB", setup, Both + "both", "", theirs,
            [
                Measure.Both("4"), Measure.ConfirmP99(PhaseKind.Both, "1"), Measure.EndP99("1"),
                Measure.Cpu(PhaseKind.Both),
            ]),
        ];
    }

    private static CompareCase Quorum(string name, string title, string arguments, params Measure[] measures) =>
        new(name, title, Setup.ThreeNodes, arguments, "", "--queue-type quorum", measures);

    private static CompareCase Mosquitto(string name, string title, string arguments, string atLeast) => new(
        name, title, Setup.Mqtt, $"--protocol mqtt --size 100 --phases both {arguments}", "", "",
        [Measure.Delivered(atLeast), Measure.EndP99(), Measure.Cpu(PhaseKind.Both)]);
}
