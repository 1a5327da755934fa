using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>What an adapter does with partitions.</summary>
internal static class PartitionClient
{
    private static ulong s_lastTag = 1_000_000;

    extension(TestClient client)
    {
        public async Task<TopicInfo> DeclareTopicAsync(string name)
        {
            (Reply reply, TopicInfo? topic) = await client.Connection.DeclareTopicAsync(
                new TopicDeclaration(
                    name, TopicKind.Pattern, Durable: true, AutoDelete: false, Internal: false, default),
                CancellationToken.None);
            Assert.Equal(Reply.Ok, reply);
            return topic!;
        }

        public async Task<IReadOnlyList<PartitionInfo>> GrowAsync(TopicInfo topic, int group, int count)
        {
            Assert.Equal(Reply.Ok, await client.Connection.Partitions.GrowAsync(
                topic.Id, new GroupId(group), count, new QueueSettings(), CancellationToken.None));
            return client.Connection.Partitions.List(topic.Id);
        }

        public async Task<PublishOutcome> AppendAsync(
            TopicInfo topic, string body, QueueId? partition = null, int? tag = 0, string keys = "", long delayMs = 0)
        {
            ulong number = Interlocked.Increment(ref s_lastTag);
            PublishAdmission admission = client.Connection.Publish(
                new Publication
                {
                    Topic = topic,
                    RoutingKey = "key",
                    Format = PropertyFormat.RocketMq,
                    Properties = Encoding.UTF8.GetBytes(keys),
                    Body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)),
                    Partition = partition,
                    TagHash = tag,
                    DelayMs = delayMs,
                },
                number);
            Assert.Equal(PublishAdmission.Accepted, admission);
            PublishOutcome outcome = await client.Sink.PublishedAsync(number);
            Assert.Equal(Reply.Ok, outcome.Reply);
            return outcome;
        }

        public async Task<PartitionRead> ReadAsync(
            QueueId partition, long offset, int waitMs = 0, int[]? tags = null, int max = 32)
        {
            (Reply reply, PartitionRead? read) = await client.Connection.Partitions.ReadAsync(
                partition, new PartitionQuery(offset, max, 1 << 20, tags, waitMs), CancellationToken.None)
                .AsTask().WaitAsync(TestNode.Patience);
            Assert.Equal(Reply.Ok, reply);
            return read!;
        }
    }

    public static string[] Bodies(PartitionRead read) =>
        [.. read.Messages.Select(one => Encoding.UTF8.GetString(one.Message.Body.ToArray()))];
}
