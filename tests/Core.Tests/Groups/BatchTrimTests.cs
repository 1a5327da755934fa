using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Groups;

public sealed class BatchTrimTests
{
    private static byte[] Command(int slot) => [.. Enumerable.Repeat((byte)(slot % 251), 20 + (slot % 50))];

    private static ReadOnlyMemory<byte> Batch(int commands)
    {
        var builder = new BatchBuilder();
        for (int slot = 0; slot < commands; slot++)
            builder.Add(Command(slot));
        Memory<byte> batch = builder.Seal(BatchKind.Machine, LaneSource.Leader, 7, 3);
        BatchHeader.Stamp(batch.Span, 1234);
        return batch;
    }

    [Fact]
    public void What_is_kept_stands_in_its_old_slot_and_costs_its_own_size()
    {
        ReadOnlyMemory<byte> batch = Batch(10_000);
        ReadOnlyMemory<byte> trimmed = BatchTrim.Keep(batch, [0, 77, 9_999]);

        foreach (int slot in (int[])[0, 77, 9_999])
            Assert.Equal(Command(slot), BatchView.Command(trimmed, slot).ToArray());
        foreach (int slot in (int[])[1, 76, 78, 9_998, 10_000, -1])
            Assert.Throws<InvariantException>(() => BatchView.Command(trimmed, slot));
        int bytes = Command(0).Length + Command(77).Length + Command(9_999).Length;
        Assert.InRange(trimmed.Length, bytes, bytes + BatchHeader.Size + (3 * 8));
        BatchHeader before = BatchHeader.Read(batch.Span);
        Assert.Equal(before with { Count = 3 }, BatchHeader.Read(trimmed.Span));
        Assert.Equal((false, true), (BatchHeader.IsTrimmed(batch.Span), BatchHeader.IsTrimmed(trimmed.Span)));
    }

    [Fact]
    public void It_is_trimmed_again()
    {
        ReadOnlyMemory<byte> once = BatchTrim.Keep(Batch(100), [3, 50, 51]);
        ReadOnlyMemory<byte> twice = BatchTrim.Keep(once, [51]);

        Assert.Equal(Command(51), BatchView.Command(twice, 51).ToArray());
        Assert.Throws<InvariantException>(() => BatchView.Command(twice, 50));
        Assert.Throws<InvariantException>(() => BatchTrim.Keep(twice, [50]));
    }

    [Fact]
    public void A_batch_that_would_not_become_smaller_stays_as_it_is()
    {
        ReadOnlyMemory<byte> batch = Batch(5);
        Assert.Equal(batch, BatchTrim.Keep(batch, [0, 1, 2, 3, 4]));
    }

    [Fact]
    public void Nobody_applies_what_has_lost_commands()
    {
        var state = new GroupState(new GroupId(1), new RecordingMachine());
        ReadOnlyMemory<byte> trimmed = BatchTrim.Keep(Batch(100), [3]);
        Assert.Throws<InvariantException>(
            () => state.Apply(new Entry(1, 1, EntryKind.Batch, trimmed)));
    }
}
