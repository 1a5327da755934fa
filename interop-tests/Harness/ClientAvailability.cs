using System.Collections.Concurrent;
using System.Diagnostics;

namespace Cmq.MultiProtocol.Interop;

/// <summary>Says by name what is missing on this machine, so that a test that needs it is shown as skipped.</summary>
public static class ClientAvailability
{
    private static readonly ConcurrentDictionary<ClientKind, string?> Known = new();

    /// <summary>The Python that Debian's packages belong to, not whatever comes first on the path.</summary>
    public const string Python = "/usr/bin/python3";

    /// <returns>Null when it is there; else what is missing and how to get it.</returns>
    public static string? Missing(ClientKind kind) => Known.GetOrAdd(kind, Look);

    private static string? Look(ClientKind kind) => kind switch
    {
        ClientKind.AmqpNode => Node("amqp-node", "amqplib", "rabbitmq-client"),
        ClientKind.CmqNode => Node("cmq-node", "cmq-sdk", "qcloudapi-sdk"),
        ClientKind.RocketMqNode => Node("rocketmq-node", "ali-ons"),
        ClientKind.Pika => Succeeds(Python, "-c", "import pika") ? null : "Debian package python3-pika is not installed",
        ClientKind.AmqpTools => OnPath("amqp-publish") ? null : "Debian package amqp-tools is not installed",
        ClientKind.MqttNode => Node("mqtt-node", "mqtt"),
        ClientKind.Paho => Succeeds(Python, "-c", "import paho.mqtt.client")
            ? null
            : "Debian package python3-paho-mqtt is not installed",
        ClientKind.Mosquitto => OnPath("mosquitto_sub") ? null : "Debian package mosquitto-clients is not installed",
        ClientKind.Curl => OnPath("curl") && OnPath("openssl") ? null : "curl or openssl is not installed",
        ClientKind.DurabilityNode => Node("durability-node", "mqtt", "ali-ons"),
        ClientKind.Matrix => Node("matrix", "ali-ons", "amqplib", "mqtt", "qcloudapi-sdk"),
        _ => throw new UnreachableException(),
    };

    private static string? Node(string folder, params string[] packages)
    {
        if (!OnPath("node"))
            return "node is not installed";

        string? absent = packages.FirstOrDefault(
            package => !File.Exists(Path.Combine(Repository.Client(folder), "node_modules", package, "package.json")));
        return absent is null ? null : $"npm package {absent} is not installed (npm ci in interop-tests/{folder})";
    }

    private static bool OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(directory => File.Exists(Path.Combine(directory, program)));

    private static bool Succeeds(string file, params string[] arguments)
    {
        if (!File.Exists(file))
            return false;

        using Process? process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        process!.WaitForExit();
        return process.ExitCode == 0;
    }
}
