using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Decision 0005, and that a disk belongs to its record.</summary>
public sealed class BootstrapRulesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task More_than_five_members_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => TestNode.StartAsync(_directory, options => options with
        {
            Peers = [.. Enumerable.Range(1, 6).Select(id => new PeerAddress(new NodeId(id), "127.0.0.1", id))],
        }));
    }

    [Fact]
    public void A_cluster_with_fewer_replicas_than_members_is_not_made()
    {
        var options = new NodeOptions { DataDirectory = _directory.Path };
        BootstrapRules.CheckNew(options, members: 3);

        Assert.Throws<ArgumentException>(() => BootstrapRules.CheckNew(options, members: 4));
        BootstrapRules.CheckNew(options with { ReplicationFactor = 5 }, members: 5);
    }

    [Fact]
    public async Task More_data_groups_than_a_position_can_name_are_refused()
    {
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => TestNode.StartAsync(
            _directory, options => options with { DataGroups = Positions.MaxGroup + 1 }));
        Assert.Contains("1 to 255", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_own_entry_missing_among_the_peers_counts_as_a_member()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => TestNode.StartAsync(_directory, options => options with
        {
            Peers = [.. Enumerable.Range(2, 5).Select(id => new PeerAddress(new NodeId(id), "127.0.0.1", id))],
        }));
    }

    [Fact]
    public async Task A_disk_that_was_emptied_does_not_go_on_as_the_member_that_it_was()
    {
        await (await TestNode.StartAsync(_directory)).DisposeAsync();
        foreach (string path in Directory.EnumerateFileSystemEntries(_directory.Path).ToList())
        {
            if (Path.GetFileName(path) == BootstrapRecord.FileName)
                continue;
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }

        await Assert.ThrowsAsync<LogStoreException>(() => TestNode.StartAsync(_directory));
    }

    [Fact]
    public async Task A_disk_that_lost_its_record_does_not_make_a_new_cluster()
    {
        await (await TestNode.StartAsync(_directory)).DisposeAsync();
        File.Delete(Path.Combine(_directory.Path, BootstrapRecord.FileName));

        await Assert.ThrowsAsync<LogStoreException>(() => TestNode.StartAsync(_directory));
    }

    [Fact]
    public async Task A_node_of_another_number_does_not_take_over_a_disk()
    {
        await (await TestNode.StartAsync(_directory)).DisposeAsync();

        await Assert.ThrowsAsync<LogStoreException>(
            () => TestNode.StartAsync(_directory, options => options with { Id = new NodeId(2) }));
    }
}
