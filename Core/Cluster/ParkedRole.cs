using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What the leader does for parked messages: gives prepared ones out to be asked about. That it did is
/// logged, so that the next leader does not do it again at once.</summary>
internal sealed class ParkedRole(ParkedPart part, QueueMachine machine, BrokerNode node) : RolePart
{
    /// <summary>Messages in one answer, a count.</summary>
    private const int MaxMessages = 1_024;

    /// <summary>Bodies and properties in one answer, bytes; at least one message goes.</summary>
    private const long MaxAnswerBytes = 4L * 1024 * 1024;

    private readonly List<long> _applied = [];
    private readonly Dictionary<long, (NodeRequest Request, List<ParkedMessage> Messages)> _listings = [];

    /// <summary>Given out, and that is not applied yet.</summary>
    private readonly HashSet<long> _positions = [];

    private long _nextToken = 1;

    public override byte Number => ParkedAsk.Part;

    public override void Activate(long nowMs) => part.Listed = _applied;

    public override void Deactivate()
    {
        part.Listed = null;
        _applied.Clear();
        _listings.Clear();
        _positions.Clear();
    }

    public override void Handle(in NodeRequest request, ReadOnlyMemory<byte> body, long nowMs)
    {
        var ask = ParkedAsk.Read(body);
        if (ask.One is { } one)
        {
            RespondConfirmed(request, Find(ask.Namespace, one));
            return;
        }

        List<ParkedMessage> messages = Find(ask, nowMs);
        if (messages.Count == 0)
        {
            RespondConfirmed(request, new PartSaid(Reply.Ok, ParkedAsk.WriteAnswer(messages)));
            return;
        }

        long token = _nextToken++;
        long[] positions = [.. messages.Select(message => message.Position)];
        var command = new ArrayBufferWriter<byte>();
        ParkedCommands.List(command, token, positions);
        if (!Host.Propose(command.WrittenSpan))
        {
            Respond(request, Reply.Unavailable, []);
            return;
        }

        _listings.Add(token, (request, messages));
        _positions.UnionWith(positions);
    }

    public override void Applied(long nowMs)
    {
        foreach (long token in _applied)
        {
            if (!_listings.Remove(token, out (NodeRequest Request, List<ParkedMessage> Messages) listing))
                continue;
            _positions.ExceptWith(listing.Messages.Select(message => message.Position));
            // Somebody may have decided meanwhile.
            listing.Messages.RemoveAll(message => part.Find(message.Position) is null);
            Respond(listing.Request, Reply.Ok, listing.Messages);
        }

        _applied.Clear();
    }

    private List<ParkedMessage> Find(ParkedAsk ask, long nowMs)
    {
        var messages = new List<ParkedMessage>();
        long bytes = 0;
        foreach ((long position, ParkedUnit parked) in part.Prepared(nowMs - Math.Max(ask.OlderThanMs, 0)))
        {
            if (messages.Count >= Math.Min(ask.Most, MaxMessages) || bytes >= MaxAnswerBytes)
                break;
            if (parked.Namespace != ask.Namespace || _positions.Contains(position))
                continue;
            StoredMessage message = QueueUnits.Read(machine, Host.Units, parked.Unit);
            bytes += message.Properties.Length + message.Body.Length;
            messages.Add(new ParkedMessage(position, parked.Owner, parked.StoredMs, parked.TimesListed, message));
        }

        return messages;
    }

    /// <summary>The topic of one message, for whom the commands to show and to drop it count, too.</summary>
    private PartSaid Find(NamespaceId ns, ParkedName one) =>
        part.Find(one.Position) is { IsPrepared: true } parked && parked.Namespace == ns && parked.Owner == one.Owner
            ? new PartSaid(Reply.Ok, ParkedAsk.WriteTopic(QueueUnits.Read(machine, Host.Units, parked.Unit).Topic))
            : new PartSaid(Reply.Gone, default);

    private void RespondConfirmed(NodeRequest request, PartSaid said) =>
        Host.WhenConfirmed(() => Respond(request, said));

    private void Respond(in NodeRequest request, Reply reply, List<ParkedMessage> messages) =>
        Respond(request, new PartSaid(reply, reply == Reply.Ok ? ParkedAsk.WriteAnswer(messages) : default));

    private void Respond(in NodeRequest request, PartSaid said) =>
        node.Respond(request.From, Host.Group, request.Number, said);
}
