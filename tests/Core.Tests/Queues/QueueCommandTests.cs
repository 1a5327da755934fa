using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

public sealed class QueueCommandTests
{
    [Fact]
    public void A_publish_is_read_back_as_it_was_written()
    {
        var overlay = new Overlay(
            "dead", "k", ["m"], [new Death("q", DeathReason.MaxLength, 3, 77, "t", ["a", "b"], true)]);
        PublishedUnit unit = QueueGroup.Unit("body") with
        {
            Persistent = true,
            Priority = 9,
            TtlMs = 0,
            DelayMs = 12,
            Overlay = overlay,
            PublishedMs = 55,
        };
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.Publish(command, [new QueueId(1), new QueueId(long.MaxValue)], unit);
        var units = new OneCommand(command.WrittenMemory);
        var machine = new QueueMachine(new GroupId(1), new QueueMachineOptions());

        StoredMessage message = QueueUnits.Read(machine, units, new UnitRef(1, 0));
        Assert.Equal(
            (unit.Topic, unit.RoutingKey, unit.Format, 0L, (byte)9, true, 55L),
            (message.Topic, message.RoutingKey, message.Format, message.TtlMs!.Value, message.Priority,
                message.Persistent, message.PublishedMs));
        Assert.Equal(unit.MoreKeys, message.MoreKeys);
        Assert.Equal(unit.Properties.ToArray(), message.Properties.ToArray());
        Assert.Equal(unit.Body.ToArray(), message.Body.ToArray());
        Assert.Equivalent(overlay, message.Overlay, strict: true);
    }

    [Fact]
    public void Settings_are_read_back_as_they_were_written()
    {
        QueueSettings[] all =
        [
            new(),
            new()
            {
                MessageTtlMs = 0,
                IdleExpiryMs = 1,
                MaxMessages = 2,
                MaxBytes = 3,
                Overflow = Overflow.Refuse,
                DeadLetter = new DeadLetterTarget("tøpic", ""),
                MaxDeliveries = 4,
                DeadLetterAfterMs = 5,
                RetentionMs = long.MaxValue,
                RewindMs = 7,
                VisibilityTimeoutMs = 8,
                PollingWaitMs = 9,
                MaxMessageBytes = 10,
                MaxDelayed = 11,
                MaxCheckedOut = 12,
            },
            new() { DeadLetter = new DeadLetterTarget("t", null) },
        ];
        foreach (QueueSettings settings in all)
        {
            var output = new ArrayBufferWriter<byte>();
            SettingsCodec.Write(output, settings);
            var input = new QueueCommandReader(output.WrittenMemory);
            Assert.Equal(settings, SettingsCodec.Read(ref input));
            input.End();
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80 })]
    [InlineData(new byte[] { 0x02, 0x00 })]
    [InlineData(new byte[] { 0x80 })]
    public void A_count_beyond_the_command_is_refused_before_anything_is_allocated(byte[] bytes)
    {
        Assert.Throws<InvariantException>(() =>
        {
            var input = new QueueCommandReader(bytes);
            return input.ReadCount();
        });
    }

    private sealed class OneCommand(ReadOnlyMemory<byte> command) : IUnitReader
    {
        public ReadOnlyMemory<byte> ReadCommand(UnitRef unit) => command;

        public long TimestampMs(long index) => 1;
    }
}
