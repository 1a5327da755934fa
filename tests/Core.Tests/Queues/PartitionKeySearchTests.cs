using System.Text;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Tests.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

public sealed class PartitionKeySearchTests
{
    private readonly QueueGroup _group = new();

    public PartitionKeySearchTests()
    {
        for (int id = 1; id <= 2; id++)
        {
            _group.Apply(
                output => QueueCommandWriter.CreateQueue(
                    output,
                    new NewQueue(new QueueId(id), new NamespaceId(1), "", true, false, null, new())
                    {
                        IsPartition = true,
                    }),
                new LaneSource(LaneSourceKind.Group, 0, 0));
        }
    }

    [Fact]
    public void Keys_and_ids_are_found_newest_first_in_all_partitions()
    {
        Append(1, "a b");
        Append(2, "b c");
        Append(1, "#b");
        Append(2, "bb");
        Append(1, "d b");

        Assert.Equal([(1, 2), (1, 1), (2, 0), (1, 0)], Search("b"));
        Assert.Equal([(1, 2), (1, 1)], Search("b", most: 2));
        Assert.Equal([(2, 0)], Search("c"));
        Assert.Empty(Search("B"));
    }

    [Fact]
    public void Only_the_span_of_time_counts_and_of_that_the_newest_messages()
    {
        for (int i = 0; i < 10; i++)
        {
            _group.NowMs = 2_000_000 + (i * 10);
            Append(1, "k");
        }

        Assert.Equal([(1, 6), (1, 5), (1, 4)], Search("k", fromMs: 2_000_040, toMs: 2_000_060));
        Assert.Equal([(1, 6), (1, 5)], Search("k", fromMs: 0, toMs: 2_000_069, rows: 2));
        Assert.Empty(Search("k", fromMs: 2_000_091, toMs: long.MaxValue));
    }

    [Fact]
    public void It_is_done_in_slices_and_what_went_meanwhile_is_passed_by()
    {
        for (int i = 0; i < 5; i++)
            Append(1, "k");
        Append(2, "k");
        PartitionKeySearch search = Searching("k", [new QueueId(1), new QueueId(2), new QueueId(99)]);

        Assert.True(search.Step(2));
        _group.Apply(output => QueueCommandWriter.RemoveQueue(output, new QueueId(1)));
        Assert.False(search.Step(100));

        Assert.Equal([(2, 0)], Places(search));
    }

    [Fact]
    public void A_slice_and_the_answer_are_bounded_in_bytes_whatever_the_messages_are()
    {
        string body = new('x', 900 * 1024);
        for (int i = 0; i < 10; i++)
            Append(1, "k", body);
        PartitionKeySearch search = Searching("k", [new QueueId(1)]);

        int slices = 1;
        for (; search.Step(128); slices++)
        {
            // Two such messages are more than a slice has.
        }

        Assert.Equal(6, slices);
        Assert.Equal([(1, 9), (1, 8), (1, 7), (1, 6), (1, 5), (1, 4), (1, 3), (1, 2), (1, 1)], Places(search));
    }

    private void Append(int partition, string keys, string body = "x") => _group.Apply(output => QueueCommandWriter.Publish(
        output,
        [new QueueId(partition)],
        QueueGroup.Unit(body) with { Properties = Encoding.UTF8.GetBytes(keys) }));

    private List<(long Partition, long Offset)> Search(
        string key, long fromMs = 0, long toMs = long.MaxValue, int most = 100, int rows = 1_000)
    {
        PartitionKeySearch search = Searching(
            key, [new QueueId(1), new QueueId(2)], fromMs, toMs, most, rows);
        while (search.Step(1))
        {
            // A slice at a time must be as good as all at once.
        }

        return Places(search);
    }

    private PartitionKeySearch Searching(
        string key,
        QueueId[] partitions,
        long fromMs = 0,
        long toMs = long.MaxValue,
        int most = 100,
        int rows = 1_000) => new(
        new PartitionReader(_group.Machine, _group), _ => new WordReader(), partitions, key, fromMs, toMs, most, rows);

    private static List<(long Partition, long Offset)> Places(PartitionKeySearch search) =>
        [.. search.ReadFound().Select(one => (one.Partition.Value, one.Offset))];
}
