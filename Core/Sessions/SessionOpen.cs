using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Sessions;

/// <summary>The front of a command that opens a session; its will, as a command that parks it, is the rest. In one
/// command, because a will that was parked by itself would stay for ever if the opening never came.</summary>
/// <param name="Namespace">Of its name.</param>
/// <param name="Name">Unique in the namespace.</param>
/// <param name="User">Whose it is: another user's session is not opened.</param>
/// <param name="Owner">The connection that opens it.</param>
/// <param name="Epoch">Given by the leader; a later one wins over an earlier one, whichever is applied first.</param>
/// <param name="Clean">As in <see cref="SessionOpening.Clean"/>.</param>
/// <param name="ExpiryMs">As in <see cref="SessionOpening.ExpiryMs"/>; <see cref="long.MaxValue"/> = for ever.</param>
/// <param name="WillDelayMs">As in <see cref="SessionOpening.WillDelayMs"/>.</param>
internal sealed record SessionOpen(
    NamespaceId Namespace,
    string Name,
    string User,
    ConnectionKey Owner,
    long Epoch,
    bool Clean,
    long ExpiryMs,
    long WillDelayMs)
{
    /// <summary>The will in such a command; it must have one.</summary>
    public static ReadOnlyMemory<byte> WillIn(ReadOnlyMemory<byte> command)
    {
        var input = new QueueCommandReader(command);
        Read(ref input);
        return input.ReadMemory(input.Remaining);
    }

    /// <summary>Answered Ok with the session's id; Gone when somebody opened it later; AccessDenied when it is another
    /// user's; LimitReached; TooManyHeld, TooLarge or Full for its will. The command may be followed by the
    /// will.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        output.PutByte((byte)SessionCommandKind.Open);
        output.PutInt64(Namespace.Value);
        output.PutString(Name);
        output.PutString(User);
        output.PutConnection(Owner);
        output.PutInt64(Epoch);
        output.PutFlag(Clean);
        output.PutInt64(ExpiryMs);
        output.PutInt64(WillDelayMs);
    }

    public static SessionOpen Read(ref QueueCommandReader input)
    {
        Invariant.Check(input.ReadByte() == (byte)SessionCommandKind.Open, "no session is opened");
        return new SessionOpen(
            new NamespaceId(input.ReadInt64()),
            input.ReadString(),
            input.ReadString(),
            input.ReadConnection(),
            input.ReadInt64(),
            input.ReadFlag(),
            input.ReadInt64(),
            input.ReadInt64());
    }
}
