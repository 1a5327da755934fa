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
}
