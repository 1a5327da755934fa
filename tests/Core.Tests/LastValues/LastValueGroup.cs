using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Tests.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.LastValues;

/// <summary>A group with last values: its log, and the machine. Time stands still unless the test moves it.</summary>
internal sealed class LastValueGroup : IUnitReader
{
    public static readonly TopicId Topic = new(7);

    private readonly LastValueLimits _limits;
    private readonly Dictionary<long, (long TimeMs, ReadOnlyMemory<byte> Command)> _log = [];
    private readonly GroupContext _context = new(new GroupId(1));
    private long _index;

    public LastValueGroup(LastValueLimits? limits = null)
    {
        _limits = limits ?? LastValueLimits.Default;
        (Machine, Part) = NewMachine();
    }

    public QueueMachine Machine { get; private set; }

    public LastValuePart Part { get; private set; }

    public long NowMs { get; set; } = 1_000_000;

    public Reply Put(string key, string body = "x", long? ttlMs = null, TopicId? topic = null) =>
        Apply(output => LastValueCommands.Put(output, topic ?? Topic, Unit(key, ttlMs) with
        {
            Body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)),
        }));

    public Reply PutUpload(string key, long upload, long bytes) => Apply(output => LastValueCommands.Put(
        output, Topic, Unit(key, null) with { Upload = upload, UploadBytes = bytes }));

    public Reply Clear(string key) => Apply(output => LastValueCommands.Clear(output, Topic, key));

    public Reply Apply(Action<ArrayBufferWriter<byte>> write)
    {
        var command = new ArrayBufferWriter<byte>();
        write(command);
        _log.Add(++_index, (NowMs, command.WrittenMemory));
        var meta = new CommandMeta(_index, 1, NowMs, 0, LaneSource.Of(QueueGroup.NodeA));
        return Machine.Apply(meta, command.WrittenMemory, _context).Reply;
    }

    /// <summary>"key=body" of all whose keys match, read from the log; what the state does not refer to is not
    /// there.</summary>
    public string[] Read(string pattern, string? after = null, int nodesPerWalk = int.MaxValue)
    {
        List<string> found = [];
        Walks = 0;
        do
        {
            Walks++;
            after = Part.Find(Topic)?.Match(new LevelPattern(pattern), after, nodesPerWalk, value =>
            {
                StoredMessage message = QueueUnits.Read(Machine, this, value.Unit);
                found.Add($"{message.RoutingKey}={Encoding.UTF8.GetString(message.Body)}");
                return true;
            });
        }
        while (after is not null);
        return [.. found];
    }

    /// <summary>Of the last reading, a count.</summary>
    public int Walks { get; private set; }

    /// <summary>Goes on with a state read back from a snapshot, which must be the same.</summary>
    public void Restore()
    {
        byte[] state = QueueGroup.StateOf(Machine);
        IReadOnlyList<long> live = Machine.LiveIndexes();
        (Machine, Part) = NewMachine();
        Machine.ReadState(new ReadOnlySequence<byte>(state));
        Assert.Equal(state, QueueGroup.StateOf(Machine));
        Assert.Equal(live, Machine.LiveIndexes());
    }

    public ReadOnlyMemory<byte> ReadCommand(UnitRef unit)
    {
        Assert.Contains(unit.Index, Machine.LiveIndexes());
        return _log[unit.Index].Command;
    }

    public long TimestampMs(long index) => _log[index].TimeMs;

    private (QueueMachine Machine, LastValuePart Part) NewMachine()
    {
        var part = new LastValuePart(_limits);
        return (new QueueMachine(new GroupId(1), new QueueMachineOptions(), [part]), part);
    }

    private static PublishedUnit Unit(string key, long? ttlMs) =>
        new() { Topic = "t", RoutingKey = key, TtlMs = ttlMs };
}
