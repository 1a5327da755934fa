using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A member that was away until its entries were cut (DESIGN section 3, A lagging or new member).</summary>
public sealed class SnapshotTests
{
    [Fact]
    public async Task A_member_that_missed_what_was_cut_gets_live_messages_and_state_and_can_carry_the_group()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            options => options with { SnapshotLogBytes = 256 * 1024 });
        await using TestClient client = cluster[0].Connect();
        QueueInfo queue = await client.DeclareAsync("q");
        await cluster.StopAsync(2);
        byte[] body = new byte[16 * 1024];
        // More entries than stay below a snapshot for those who are a little behind; every twentieth message lives on.
        const int Messages = 3_000;
        List<ulong> tags = [];
        for (int i = 0; i < Messages; i++)
        {
            body[0] = (byte)(i % 251);
            tags.Add(client.Publish("", "q", new ReadOnlySequence<byte>(body)));
            await client.Sink.PublishedAsync(tags[^1]);
            if (i % 20 != 0)
                client.Settle((await client.GetAsync(queue))!);
            else
                await client.GetAsync(queue);
        }

        await cluster.StartAsync(2);
        await cluster[2].ReadyAsync();
        // Without one of the other two, the third must have everything.
        await using TestClient back = cluster[2].Connect();
        await back.PublishedAsync("q", "last");
        await client.DisposeAsync();
        await cluster.StopAsync(0);

        int ready = 0;
        while (await back.GetAsync(queue) is not null)
            ready++;
        Assert.Equal((Messages / 20) + 1, ready);
    }
}
