using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Groups;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Groups;

public sealed class BatchBuilderTests
{
    private static readonly LaneSource Source = LaneSource.Leader;

    [Theory, InlineData(1), InlineData(300), InlineData(300_000)]
    public void A_sealed_batch_holds_no_more_memory_than_its_bytes(int commandBytes)
    {
        var builder = new BatchBuilder();
        builder.Add(new byte[commandBytes]);

        Memory<byte> batch = builder.Seal(BatchKind.Machine, Source, 1, 0);

        Assert.True(MemoryMarshal.TryGetArray<byte>(batch, out ArraySegment<byte> array));
        Assert.Equal(batch.Length, array.Array!.Length);
    }

    [Fact]
    public void The_next_batch_of_a_builder_leaves_the_one_before_as_it_was()
    {
        var builder = new BatchBuilder();
        builder.Add("first"u8);
        Memory<byte> first = builder.Seal(BatchKind.Machine, Source, 1, 0);

        builder.Add("2"u8);
        builder.Add("third"u8);
        Memory<byte> second = builder.Seal(BatchKind.Machine, Source, 2, 0);

        Assert.Equal("first"u8.ToArray(), BatchView.Command(first, 0).ToArray());
        Assert.Equal("third"u8.ToArray(), BatchView.Command(second, 1).ToArray());
        Assert.Equal(2, BatchHeader.Read(second.Span).Count);
    }
}
