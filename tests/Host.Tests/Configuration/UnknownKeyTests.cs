using System.Collections;
using Cmq.MultiProtocol.Host.Configuration;

namespace Cmq.MultiProtocol.Host.Tests.Configuration;

public sealed class UnknownKeyTests
{
    [Theory]
    [InlineData("Amqp:Lisen", "Amqp:Listen")]
    [InlineData("amqp:tls-listen", "Amqp:TlsListen")]
    [InlineData("Node:DataDir", "Node:DataDirectory")]
    [InlineData("Cluster:Peer:2", "Cluster:Peers:2")]
    [InlineData("Users:7:Pasword", "Users:7:Password")]
    [InlineData("Amqp:Listne", "Amqp:Listen")]
    public void A_near_miss_is_answered_with_the_key_that_was_meant(string typed, string meant) =>
        Assert.EndsWith($"did you mean {meant}?", ConfigurationOf.Refusal($"--{typed}=x"), StringComparison.Ordinal);

    [Fact]
    public void What_resembles_nothing_is_refused_without_a_guess()
    {
        string refusal = ConfigurationOf.Refusal("--Frobnicate:Everything=1");

        Assert.Equal("unknown key Frobnicate:Everything (command line)", refusal);
    }

    [Fact]
    public void A_section_with_a_value_is_answered_with_the_keys_in_it() =>
        Assert.Contains("Tls:CertificateFile, Tls:KeyFile", ConfigurationOf.Refusal("--Tls=cert.pem"), StringComparison.Ordinal);

    [Fact]
    public void An_unknown_variable_is_refused_and_a_foreign_one_is_not()
    {
        ConfigurationOf.Environment(("PATH", "/bin"), ("CMQD", "/opt/cmqd"));

        var refusal = Assert.Throws<ConfigurationException>(
            () => ConfigurationOf.Environment(("CMQ_Amqp__Port", "5672")));

        Assert.StartsWith("unknown key Amqp:Port (environment)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_value_is_refused_even_where_a_later_source_overrides_it()
    {
        var environment = new Hashtable { ["CMQ_Node__Id"] = "first" };

        Assert.Throws<ConfigurationException>(() => ConfigurationOf.From([], environment, ["--Node:Id=1"]));
    }

    [Fact]
    public void A_secret_is_not_repeated()
    {
        string refusal = ConfigurationOf.Refusal("--Cluster:Secret=hunter2");

        Assert.DoesNotContain("hunter2", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_key_is_refused_without_a_guess() =>
        Assert.DoesNotContain("did you mean", ConfigurationOf.Refusal($"--{new string('k', 100_000)}=1"), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "ABC", 0)]
    [InlineData("abc", "abd", 1)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "abcd", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void The_distance_counts_edits(string from, string to, int distance)
    {
        Assert.Equal(distance, EditDistance.Between(from, to));
        Assert.Equal(distance, EditDistance.Between(to, from));
    }
}
