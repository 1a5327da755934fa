using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Sessions;

/// <content>What a session keeps for its client.</content>
internal sealed partial class SessionPart
{
    private static readonly Answer Limit = new(Reply.LimitReached, 0);

    private Answer Change(SessionCommandKind kind, SessionState session, ref QueueCommandReader input)
    {
        switch (kind)
        {
            case SessionCommandKind.PutSubscription:
                return PutSubscription(session, input.ReadString(), input.ReadBytes());
            case SessionCommandKind.RemoveSubscription:
                session.Remove(input.ReadString());
                return Answer.Ok;
            case SessionCommandKind.RecordInbound:
                return RecordInbound(session, input.ReadInt32());
            case SessionCommandKind.ForgetInbound:
                session.Inbound?.Remove(input.ReadInt32());
                return Answer.Ok;
            case SessionCommandKind.RecordReleased:
                return RecordReleased(session, input.ReadInt64());
            case SessionCommandKind.ForgetReleased:
                session.Released?.Remove(input.ReadInt64());
                return Answer.Ok;
            default:
                throw new InvariantException($"unknown command {(byte)kind}");
        }
    }

    private Answer PutSubscription(SessionState session, string filter, ReadOnlyMemory<byte> options)
    {
        byte[]? known = session.Subscriptions?.GetValueOrDefault(filter);
        long bytes = session.SubscriptionBytes + SessionState.BytesOf(filter, options.Length)
            - (known is null ? 0 : SessionState.BytesOf(filter, known.Length));
        if (bytes > limits.MaxSubscriptionBytes
            || (known is null && session.Subscriptions?.Count >= limits.MaxSubscriptions))
        {
            return Limit;
        }

        session.Put(filter, options.ToArray());
        return Answer.Ok;
    }

    private Answer RecordInbound(SessionState session, int id)
    {
        session.Inbound ??= [];
        if (session.Inbound.TryGetValue(id, out long number))
            return new Answer(Reply.Ok, number);
        if (session.Inbound.Count >= limits.MaxInFlight)
            return Limit;
        session.Inbound.Add(id, ++session.LastNumber);
        return new Answer(Reply.Ok, session.LastNumber);
    }

    private Answer RecordReleased(SessionState session, long number)
    {
        session.Released ??= [];
        if (session.Released.Count >= limits.MaxInFlight && !session.Released.Contains(number))
            return Limit;
        session.Released.Add(number);
        return Answer.Ok;
    }
}
