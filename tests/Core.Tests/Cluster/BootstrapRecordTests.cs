using System.Text;
using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>The record comes from a peer, or from a file.</summary>
public sealed class BootstrapRecordTests
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{\"ClusterId\":\"0f8fad5b-d9cb-469f-a165-70867728950e\"}")]
    [InlineData(
        "{\"ClusterId\":\"0f8fad5b-d9cb-469f-a165-70867728950e\",\"DataGroups\":2,\"Replicas\":null,"
        + "\"ClusterKey\":\"\",\"Directory\":\"\"}")]
    [InlineData(
        "{\"ClusterId\":\"0f8fad5b-d9cb-469f-a165-70867728950e\",\"DataGroups\":2,\"Replicas\":[null],"
        + "\"ClusterKey\":\"\",\"Directory\":\"\"}")]
    public void What_is_no_whole_record_is_refused(string json) =>
        Assert.Throws<InvalidDataException>(() => BootstrapRecord.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void What_contradicts_itself_is_refused_before_a_node_keeps_it()
    {
        BootstrapRecord good = BootstrapRecord.Make(
            new NodeOptions { DataDirectory = "none", DataGroups = 2 }, [new(1, Guid.NewGuid()), new(2, Guid.NewGuid())], out _);
        BootstrapRecord[] bad =
        [
            good with { ClusterId = Guid.NewGuid() },
            good with { DataGroups = 3 },
            good with { DataGroups = 0 },
            good with { Replicas = [] },
            good with { Replicas = [good.Replicas[0], good.Replicas[0]] },
            good with { Replicas = [new(0, Guid.NewGuid())] },
            good with { ClusterKey = new byte[31] },
            good with { Directory = [1, 2, 3] },
            good with { Directory = good.Directory[..^1] },
        ];

        Assert.Equal(good.ClusterId, BootstrapRecord.Parse(good.ToBytes()).ClusterId);
        foreach (BootstrapRecord record in bad)
            Assert.Throws<InvalidDataException>(() => BootstrapRecord.Parse(record.ToBytes()));
    }
}
