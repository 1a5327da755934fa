using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Tests.Groups;

/// <summary>A machine that answers with a counter, and sends on what begins with 'S'.</summary>
internal sealed class RecordingMachine : IGroupMachine
{
    public List<byte[]> Applied { get; } = [];

    public List<byte[]> Struck { get; } = [];

    public GroupId SendTo { get; init; } = new(2);

    public NodeIncarnation? EndOn { get; set; }

    /// <summary>In the first answer.</summary>
    public long FirstPosition { get; set; } = Answer.NoPosition;

    public Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, IGroupContext context)
    {
        Applied.Add(command.ToArray());
        if (command.Span[0] == 'S')
            context.Send(SendTo, command.Span);
        if (command.Span[0] == 'E')
            context.EndLanes(EndOn!.Value);
        return new Answer(Reply.Ok, Applied.Count, Applied.Count == 1 ? FirstPosition : Answer.NoPosition);
    }

    public void WriteState(IBufferWriter<byte> output)
    {
        output.WriteInt32(Applied.Count);
        foreach (byte[] command in Applied)
            output.WriteBytes(command);
    }

    public void ReadState(ReadOnlySequence<byte> input)
    {
        Applied.Clear();
        var reader = new StateReader(input.ToArray());
        for (int i = reader.ReadCount(); i > 0; i--)
            Applied.Add(reader.ReadBytes().ToArray());
    }

    public IReadOnlyList<long> LiveIndexes() => [];

    public ReadOnlyMemory<byte> Materialize(ReadOnlyMemory<byte> payload, IUnitReader units) => payload;

    public void Delivered(ReadOnlyMemory<byte> payload) => Struck.Add(payload.ToArray());
}
