using System.Collections;
using Cmq.MultiProtocol.Host.Configuration;

namespace Cmq.MultiProtocol.Host.Tests.Configuration;

/// <summary>DESIGN section 8: appsettings.json, then environment, then command line.</summary>
public sealed class PrecedenceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cmq-host-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_command_line_beats_the_environment_beats_the_files()
    {
        string beside = DirectoryWith("beside", """
            { "Node": { "Id": 11 }, "Publish": { "TimeoutMs": 11000 }, "Log": { "Level": "Error" },
              "Amqp": { "Listen": "127.0.0.1:11" } }
            """);
        string working = DirectoryWith("working", """
            { "Publish": { "TimeoutMs": 12000 }, "Amqp": { "Listen": "127.0.0.1:12" } }
            """);
        var environment = new Hashtable { ["CMQ_Amqp__Listen"] = "127.0.0.1:13", ["cmq_http__listen"] = "127.0.0.1:13" };

        HostOptions options = ConfigurationOf.From(
            [beside, working], environment, ["--Http:Listen=127.0.0.1:14", "--Admin:Listen", "127.0.0.1:14"]);

        Assert.Equal(11, options.Node.Id.Value);
        Assert.Equal(12_000, options.Node.PublishTimeoutMs);
        Assert.Equal(13, options.AmqpDoor.Listen!.Port);
        Assert.Equal(14, options.HttpDoor.Listen!.Port);
        Assert.Equal(14, options.AdminListen!.Port);
    }

    [Fact]
    public void An_empty_value_from_a_stronger_source_switches_off_what_a_weaker_one_set()
    {
        string working = DirectoryWith("working", """{ "Amqp": { "Listen": "127.0.0.1:12" } }""");
        var environment = new Hashtable { ["CMQ_Amqp__Listen"] = "" };

        Assert.Null(ConfigurationOf.From([working], environment, []).AmqpDoor.Listen);
    }

    [Fact]
    public void Lists_of_a_file_are_read()
    {
        string working = DirectoryWith("working", """
            { "Cluster": { "Peers": ["1@127.0.0.1:7401", "2@127.0.0.1:7402"] }, "Users": [],
              "Http": { "HostAliases": ["cmq.example.com"] } }
            """);

        HostOptions options = ConfigurationOf.From([working], new Hashtable(), []);

        Assert.Equal([1, 2], options.Node.Peers.Select(peer => peer.Id.Value));
        Assert.Equal(["cmq.example.com"], options.Http.HostAliases);
    }

    [Fact]
    public void An_unknown_key_of_a_file_is_reported_with_the_file()
    {
        string working = DirectoryWith("working", """{ "AllowedHosts": "*" }""");

        var refusal = Assert.Throws<ConfigurationException>(() => ConfigurationOf.From([working], new Hashtable(), []));

        Assert.StartsWith($"unknown key AllowedHosts ({Path.Combine(working, "appsettings.json")})", refusal.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_JSON_is_reported_with_the_file()
    {
        string working = DirectoryWith("working", "{ nonsense");

        var refusal = Assert.Throws<ConfigurationException>(() => ConfigurationOf.From([working], new Hashtable(), []));

        Assert.StartsWith(Path.Combine(working, "appsettings.json"), refusal.Message, StringComparison.Ordinal);
    }

    private string DirectoryWith(string name, string settings)
    {
        string directory = Path.Combine(_root, name);
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, ConfigurationLoader.FileName), settings);
        return directory;
    }
}
