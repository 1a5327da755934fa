using System.Collections;
using Cmq.MultiProtocol.Host.Configuration;

namespace Cmq.MultiProtocol.Host.Tests.Configuration;

/// <summary>Reads options as the executable does, from what a test gives instead of from the process.</summary>
internal static class ConfigurationOf
{
    public static HostOptions Arguments(params string[] arguments) => From([], new Hashtable(), arguments);

    public static HostOptions Environment(params (string Name, string Value)[] variables)
    {
        var environment = new Hashtable();
        foreach ((string name, string value) in variables)
            environment[name] = value;
        return From([], environment, []);
    }

    public static HostOptions From(string[] directories, IDictionary environment, string[] arguments) =>
        HostOptionsReader.Read(SettingValues.Check(
            ConfigurationLoader.Load(directories, environment, CommandLine.Parse(arguments))));

    /// <summary>The message that stops the start.</summary>
    public static string Refusal(params string[] arguments) =>
        Assert.Throws<ConfigurationException>(() => Arguments(arguments)).Message;
}
