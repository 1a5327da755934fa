using System.Buffers;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Sessions;

/// <summary>Encodes the commands of <see cref="SessionPart"/>; <see cref="SessionOpen.Write"/> has the first. All are
/// answered Gone when the session is not open under that epoch (any more).</summary>
internal static class SessionCommands
{
    /// <summary>The connection lets go of it. By name, for a connection that may not have heard whether it was
    /// opened.</summary>
    /// <param name="fireWill">Its will is due, after its delay; else it is dropped.</param>
    /// <param name="expiryMs"><see cref="long.MaxValue"/> = for ever. Counts only if the opening had one.</param>
    public static void Close(
        IBufferWriter<byte> output, NamespaceId ns, string name, long epoch, bool fireWill, long expiryMs)
    {
        output.PutByte((byte)SessionCommandKind.Close);
        output.PutInt64(ns.Value);
        output.PutString(name);
        output.PutInt64(epoch);
        output.PutFlag(fireWill);
        output.PutInt64(expiryMs);
    }

    /// <summary>Whatever an earlier opening of that name left ends. Answered Ok also when there is nothing; Gone when it
    /// was opened later than that epoch; AccessDenied when it is another user's.</summary>
    public static void End(IBufferWriter<byte> output, NamespaceId ns, string name, string user, long epoch)
    {
        output.PutByte((byte)SessionCommandKind.End);
        output.PutInt64(ns.Value);
        output.PutString(name);
        output.PutString(user);
        output.PutInt64(epoch);
    }

    /// <summary>Answered Ok or LimitReached.</summary>
    public static void PutSubscription(
        IBufferWriter<byte> output, SessionKey session, string filter, ReadOnlySpan<byte> options)
    {
        Start(output, SessionCommandKind.PutSubscription, session);
        output.PutString(filter);
        output.PutBytes(options);
    }

    public static void RemoveSubscription(IBufferWriter<byte> output, SessionKey session, string filter)
    {
        Start(output, SessionCommandKind.RemoveSubscription, session);
        output.PutString(filter);
    }

    /// <summary>Answered Ok with the publisher's number, or LimitReached.</summary>
    public static void RecordInbound(IBufferWriter<byte> output, SessionKey session, int id)
    {
        Start(output, SessionCommandKind.RecordInbound, session);
        output.PutInt32(id);
    }

    public static void ForgetInbound(IBufferWriter<byte> output, SessionKey session, int id)
    {
        Start(output, SessionCommandKind.ForgetInbound, session);
        output.PutInt32(id);
    }

    /// <summary>Answered Ok or LimitReached.</summary>
    public static void RecordReleased(IBufferWriter<byte> output, SessionKey session, long number)
    {
        Start(output, SessionCommandKind.RecordReleased, session);
        output.PutInt64(number);
    }

    public static void ForgetReleased(IBufferWriter<byte> output, SessionKey session, long number)
    {
        Start(output, SessionCommandKind.ForgetReleased, session);
        output.PutInt64(number);
    }

    /// <summary>To other groups; answered Ok.</summary>
    public static void ForgetProducer(IBufferWriter<byte> output, long producer)
    {
        output.PutByte((byte)SessionCommandKind.ForgetProducer);
        output.PutInt64(producer);
    }

    private static void Start(IBufferWriter<byte> output, SessionCommandKind kind, SessionKey session)
    {
        output.PutByte((byte)kind);
        output.PutInt64(session.Id);
        output.PutInt64(session.Epoch);
    }
}
