using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Cmq.MultiProtocol.Host.Tests;

/// <summary>References run one way: Host, then Adapters.*, then Core and Connections.</summary>
public sealed class ReferenceDirectionTests
{
    private static readonly string[] Products =
        [.. Directory.GetFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar).Length == 2)];

    public static TheoryData<string> Adapters =>
        [.. Products.Select(Name).Where(name => name.StartsWith("Adapters.", StringComparison.Ordinal))];

    [Fact]
    public void Core_references_no_other_project() => Assert.Empty(References("Core"));

    [Fact]
    public void Connections_references_no_other_project() => Assert.Empty(References("Connections"));

    /// <summary>An adapter whose connections are a framework's own needs no more than Core.</summary>
    [Theory, MemberData(nameof(Adapters))]
    public void An_adapter_references_Core_and_nothing_else_but_Connections(string adapter)
    {
        Assert.Contains("Core", References(adapter));
        Assert.Empty(References(adapter).Except(["Connections", "Core"]));
    }

    [Fact]
    public void Host_references_Core_and_every_adapter() =>
        Assert.Equal(
            Products.Select(Name).Where(name => name.StartsWith("Adapters.", StringComparison.Ordinal)).Append("Core").Order(),
            References("Host").Order());

    [Fact]
    public void FASTER_is_seen_in_Cores_storage_only() =>
        Assert.All(SourcesNaming(@"\bFASTER\.(core|devices)"), file =>
            Assert.StartsWith("Core/Storage/", file, StringComparison.Ordinal));

    [Fact]
    public void The_FASTER_package_is_referenced_by_Core_only() =>
        Assert.Equal(["Core"], Products.Where(file => Packages(file).Contains("Microsoft.FASTER.Core")).Select(Name));

    [Fact]
    public void Serilog_is_seen_in_Host_only()
    {
        Assert.All(SourcesNaming(@"\bSerilog\b"), file => Assert.StartsWith("Host/", file, StringComparison.Ordinal));
        Assert.Equal(["Host"], Products.Where(
            file => Packages(file).Any(package => package.StartsWith("Serilog", StringComparison.Ordinal))).Select(Name));
    }

    [Theory, MemberData(nameof(Adapters))]
    public void An_adapter_names_no_other_adapter(string adapter)
    {
        string own = adapter["Adapters.".Length..];
        Assert.DoesNotContain(
            SourcesNaming($@"\bAdapters\.(?!{Regex.Escape(own)}\b)\w+"),
            file => file.StartsWith($"{adapter}/", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Adapters))]
    public void An_adapter_reaches_no_further_into_Core_than_its_contract(string adapter) =>
        Assert.DoesNotContain(
            SourcesNaming(@"\bCore\.(Consensus|Storage|Cluster|Metadata|Queues)\b"),
            file => file.StartsWith($"{adapter}/", StringComparison.Ordinal));

    private static string Name(string project) => Path.GetFileNameWithoutExtension(project);

    private static string Project(string name) => Path.Combine(Repository.Root, name, $"{name}.csproj");

    private static string[] References(string name) =>
        [.. XDocument.Load(Project(name)).Descendants("ProjectReference")
            .Select(reference => Name(reference.Attribute("Include")!.Value.Replace('\\', '/')))];

    private static string[] Packages(string project) =>
        [.. XDocument.Load(project).Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value)];

    /// <summary>Product sources that match, as paths from the root; comments count, for they name what is used.</summary>
    private static IEnumerable<string> SourcesNaming(string pattern) =>
        from project in Products
        from file in Directory.EnumerateFiles(Path.GetDirectoryName(project)!, "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
        where Regex.IsMatch(File.ReadAllText(file), pattern)
        select path;
}
