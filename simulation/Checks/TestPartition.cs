using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>
/// A partition as its clients know it: an offset is given once and for ever, all that was confirmed is there for whoever
/// reads after that, and what one publisher sends keeps its order.
/// </summary>
internal sealed class TestPartition(Verdict verdict, PartitionInfo info)
{
    private readonly List<AppendedMessage> _messages = [];
    private readonly SortedDictionary<long, AppendedMessage> _byOffset = [];

    public QueueId Id => info.Id;

    public GroupId Group => info.Group;

    /// <summary>One above the last offset that somebody was told.</summary>
    public long End { get; private set; }

    public int Read { get; private set; }

    public AppendedMessage Append(long publisher)
    {
        var message = new AppendedMessage(_messages.Count, publisher);
        _messages.Add(message);
        return message;
    }

    /// <summary>A body that names the message and its partition.</summary>
    public byte[] BodyOf(AppendedMessage message)
    {
        byte[] body = new byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(body, message.Number);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(sizeof(long)), info.Id.Value);
        return body;
    }

    public void Answered(AppendedMessage message, PublishOutcome outcome)
    {
        if (outcome.Reply is Reply.TimedOut or Reply.Unavailable)
            return;
        message.IsRefused = outcome.Reply != Reply.Ok;
        verdict.Check(outcome.Reply != Reply.Gone, $"partition {Id} is gone, which nobody deleted");
        if (message.IsRefused)
            return;
        message.IsConfirmed = true;
        Place(message, outcome.Sequence, outcome.Position);
    }

    /// <summary>Somebody was told where it begins and ends.</summary>
    /// <param name="minOffset">The beginning.</param>
    /// <param name="maxOffset">The end.</param>
    /// <param name="confirmed"><see cref="End"/> when it was asked.</param>
    public void CheckBounds(long minOffset, long maxOffset, long confirmed) => verdict.Check(
        minOffset == 0 && maxOffset >= confirmed,
        $"partition {Id} reaches from {minOffset} to {maxOffset}, and {confirmed} was confirmed before the read");

    /// <summary>A read was answered.</summary>
    /// <param name="read">The answer.</param>
    /// <param name="query">The question.</param>
    /// <param name="confirmed"><see cref="End"/> when it was asked.</param>
    public void CheckRead(PartitionRead read, PartitionQuery query, long confirmed)
    {
        // Messages stay where they are, and who has some goes on behind them: only the lack of any tells of the end.
        CheckBounds(read.MinOffset, read.MaxOffset, read.Messages is [.., { } last] ? last.Offset + 1 : confirmed);
        verdict.Check(read.Messages.Count > 0 || query.Offset >= confirmed,
            $"partition {Id} has nothing at {query.Offset}, and {confirmed} was confirmed before the read");
        long expected = query.Offset;
        foreach (PartitionMessage message in read.Messages)
        {
            verdict.Check(message.Offset == expected++,
                $"partition {Id} is read from {query.Offset} on, and has {message.Offset} at {expected - 1}");
            Take(message);
        }

        End = Math.Max(End, read.MaxOffset);
        Read += read.Messages.Count;
    }

    /// <summary>At the end, when all of it was read.</summary>
    public void CheckComplete()
    {
        foreach (AppendedMessage message in _messages)
        {
            verdict.Check(!message.IsConfirmed || _byOffset.GetValueOrDefault(message.Offset!.Value) == message,
                $"lost: message {message.Number} of partition {Id} was confirmed at {message.Offset}");
        }

        Dictionary<long, AppendedMessage> last = [];
        long position = -1;
        foreach ((long offset, AppendedMessage message) in _byOffset)
        {
            verdict.Check(!last.TryGetValue(message.Publisher, out AppendedMessage? before)
                || before.Number < message.Number,
                $"order: message {message.Number} of partition {Id} was sent before {before?.Number}, and is behind it");
            last[message.Publisher] = message;
            verdict.Check(message.Position > position,
                $"offset {offset} of partition {Id} has position {message.Position}, behind {position}");
            position = message.Position;
        }
    }

    private void Take(PartitionMessage message)
    {
        byte[] body = message.Message.Body.ToArray();
        long number = body.Length < sizeof(long) ? -1 : BinaryPrimitives.ReadInt64LittleEndian(body);
        if (number < 0 || number >= _messages.Count || !body.AsSpan().SequenceEqual(BodyOf(_messages[(int)number])))
        {
            verdict.Fail($"invented: partition {Id} has message {number} at {message.Offset}, which nobody sent there");
            return;
        }

        verdict.Check(!_messages[(int)number].IsRefused, $"message {number} of partition {Id} was refused, and is there");
        Place(_messages[(int)number], message.Offset, message.Position);
    }

    private void Place(AppendedMessage message, long offset, long position)
    {
        verdict.Check(message.Offset is null || (message.Offset == offset && message.Position == position),
            $"stored twice: message {message.Number} of partition {Id} is at {message.Offset}, and at {offset}");
        (message.Offset, message.Position) = (offset, position);
        verdict.Check(Positions.GroupOf(position) == info.Group, $"position {position} is not of group {info.Group}");
        if (!_byOffset.TryAdd(offset, message) && _byOffset[offset] != message)
        {
            verdict.Fail($"offset {offset} of partition {Id} is used twice: "
                + $"messages {message.Number} and {_byOffset[offset].Number}");
        }

        End = Math.Max(End, offset + 1);
    }
}
