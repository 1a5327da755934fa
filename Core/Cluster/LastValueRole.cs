using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What the leader does for last values: reads them, and drops those of topics that were deleted.</summary>
internal sealed class LastValueRole(LastValuePart part, QueueMachine machine, BrokerNode node) : RolePart
{
    /// <summary>Messages in one answer: beyond so many bytes of bodies and properties the rest is asked for again; at
    /// least one goes.</summary>
    private const long MaxAnswerBytes = 1024 * 1024;

    /// <summary>A message counts as so many bytes more.</summary>
    private const int MessageOverheadBytes = 128;

    /// <summary>Nodes of the tree that one answer looks at, a count; then the rest is asked for again, too.</summary>
    private const int MaxNodes = 10_000;

    private DirectorySnapshot? _looked;
    private long _lookedAt;
    private bool _isDropping;

    public override byte Number => LastValueAsk.Part;

    public override void Deactivate()
    {
        _looked = null;
        _isDropping = false;
    }

    public override void Applied(long nowMs) => _isDropping = false;

    public override void Handle(in NodeRequest request, ReadOnlyMemory<byte> body, long nowMs)
    {
        NodeRequest asked = request;
        LastValueAsk ask = LastValueAsk.Read(body);
        // Not before: what is found may be large.
        Host.WhenConfirmed(() => node.Respond(
            asked.From, Host.Group, asked.Number, new PartSaid(Reply.Ok, Find(ask, Host.Clock.NowMs))));
    }

    private ReadOnlyMemory<byte> Find(LastValueAsk ask, long nowMs)
    {
        List<StoredMessage> messages = [];
        string? next = null;
        long bytes = 0;
        string? stoppedAt = part.Find(ask.Topic)?.Match(new LevelPattern(ask.Pattern), ask.After, MaxNodes, value =>
        {
            if (value.ExpiresMs <= nowMs)
                return true;
            if (messages.Count == ask.Most || bytes >= MaxAnswerBytes)
            {
                next = messages.Count > 0 ? messages[^1].RoutingKey : ask.After;
                return false;
            }

            StoredMessage message = QueueUnits.Read(machine, Host.Units, value.Unit);
            messages.Add(message);
            bytes += message.Body.Length + message.Properties.Length + message.RoutingKey.Length + MessageOverheadBytes;
            return true;
        });
        return LastValueAsk.WriteFound(messages, next ?? stoppedAt);
    }

    public override void Advance(long nowMs)
    {
        if (_isDropping || !IsNews())
            return;
        foreach (TopicId topic in part.Topics)
        {
            if (!node.Directory.IsGone(topic))
                continue;
            var command = new ArrayBufferWriter<byte>(16);
            LastValueCommands.DropTopic(command, topic);
            // One at a time; when it is applied it is looked again.
            _looked = null;
            _isDropping = Host.Propose(command.WrittenSpan);
            return;
        }
    }

    /// <summary>Topics came or went since the last look, in the directory or among those with values.</summary>
    private bool IsNews()
    {
        DirectorySnapshot now = node.Directory;
        if (_looked is not null && _looked.HasSameTopics(now) && _lookedAt == part.TopicChanges)
            return false;
        _looked = now;
        _lookedAt = part.TopicChanges;
        return true;
    }
}
