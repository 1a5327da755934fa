using System.Buffers;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a session has when it is opened.</summary>
internal static class SessionContent
{
    public static ReadOnlyMemory<byte> Write(SessionState session)
    {
        var output = new ArrayBufferWriter<byte>();
        output.PutFlag(session.IsPresent);
        output.PutInt64(session.LastNumber);
        session.WriteContent(output);
        return output.WrittenMemory;
    }

    /// <summary>Fills the parts of a state that a client sees.</summary>
    public static SessionState Read(long id, SessionName name, string user, ReadOnlyMemory<byte> body)
    {
        var input = new QueueCommandReader(body);
        var session = new SessionState(id, name.Namespace, name.Name, user)
        {
            IsPresent = input.ReadFlag(),
            LastNumber = input.ReadInt64(),
        };
        session.ReadContent(ref input);
        input.End();
        return session;
    }
}
