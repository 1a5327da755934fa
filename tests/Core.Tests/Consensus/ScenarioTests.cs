using System.Runtime.CompilerServices;
using System.Text;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>
/// Scenario files: each block is commands, a line ----, and the trace they leave. CMQ_RECORD=1 writes what
/// happened into the files instead of comparing; the change is then reviewed as a diff.
/// </summary>
public sealed class ScenarioTests
{
    private const string Separator = "----";

    public static TheoryData<string> Scenarios => [.. Directory.GetFiles(Folder(), "*.txt")
        .Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Scenarios))]
    public void A_scenario_leaves_its_recorded_trace(string name)
    {
        string path = Path.Combine(Folder(), name + ".txt");
        string recorded = File.ReadAllText(path);
        string actual = Play(recorded);

        if (Environment.GetEnvironmentVariable("CMQ_RECORD") == "1")
            File.WriteAllText(path, actual);
        else
            Assert.Equal(recorded, actual);
    }

    private static string Play(string script)
    {
        var cluster = new ScenarioCluster();
        var output = new StringBuilder();
        foreach (string block in script.TrimEnd().Split("\n\n"))
        {
            if (output.Length > 0)
                output.Append('\n');
            string[] lines = [.. block.Split('\n').TakeWhile(line => line != Separator)];
            bool hasCommands = false;
            var trace = new StringBuilder();
            foreach (string line in lines)
            {
                output.Append(line).Append('\n');
                if (line.StartsWith('#'))
                    continue;
                hasCommands = true;
                string result = cluster.Run(line);
                if (result != "ok")
                    trace.Append(result).Append('\n');
            }
            if (hasCommands)
                output.Append(Separator).Append('\n').Append(trace.Length == 0 ? "ok\n" : trace.ToString());
        }
        return output.ToString();
    }

    private static string Folder([CallerFilePath] string thisFile = "")
        => Path.Combine(Path.GetDirectoryName(thisFile)!, "Scenarios");
}
