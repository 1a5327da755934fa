using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Requests to the leader of the group that a session's name hashes to.</summary>
internal abstract record SessionAsk
{
    /// <summary>Number of the part: the first of its command kinds.</summary>
    public const byte Part = (byte)SessionCommandKind.Open;

    private enum Kind : byte
    {
        Claim = 1,
        Release = 2,
        Content = 3,
        Announce = 4,
    }

    /// <summary>The connection wants the name. Answered with a <see cref="SessionGrant"/>, and whoever had it is told; or
    /// AccessDenied when another user has it, who is told nothing.</summary>
    public sealed record Claim(SessionName Name, string User, long Connection) : SessionAsk;

    /// <summary>Claims of the connection up to an epoch are given up. No response.</summary>
    public sealed record Release(SessionName Name, long Connection, long Epoch) : SessionAsk;

    /// <summary>What an opened session has. Answered with a <see cref="SessionContent"/>, or Gone.</summary>
    public sealed record Content(SessionKey Session) : SessionAsk;

    /// <summary>Claims that the log knows nothing of, for a new leader. Answered Ok.</summary>
    public sealed record Announce(IReadOnlyList<SessionClaim> Claims) : SessionAsk;

    public PartAsk ToPart()
    {
        var output = new ArrayBufferWriter<byte>();
        switch (this)
        {
            case Claim claim:
                output.WriteByte((byte)Kind.Claim);
                claim.Name.Write(output);
                output.WriteText(claim.User);
                output.WriteInt64(claim.Connection);
                break;
            case Release release:
                output.WriteByte((byte)Kind.Release);
                release.Name.Write(output);
                output.WriteInt64(release.Connection);
                output.WriteInt64(release.Epoch);
                break;
            case Content content:
                output.WriteByte((byte)Kind.Content);
                output.WriteInt64(content.Session.Id);
                output.WriteInt64(content.Session.Epoch);
                break;
            case Announce announce:
                output.WriteByte((byte)Kind.Announce);
                output.WriteInt32(announce.Claims.Count);
                foreach (SessionClaim claim in announce.Claims)
                {
                    claim.Name.Write(output);
                    output.WriteText(claim.User);
                    output.WriteInt64(claim.Connection);
                    output.WriteInt64(claim.Epoch);
                }

                break;
        }

        return new PartAsk(Part, output.WrittenMemory);
    }

    public static SessionAsk Read(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        switch ((Kind)input.ReadByte())
        {
            case Kind.Claim:
                return new Claim(SessionName.Read(ref input), input.ReadText(), input.ReadInt64());
            case Kind.Release:
                return new Release(SessionName.Read(ref input), input.ReadInt64(), input.ReadInt64());
            case Kind.Content:
                return new Content(new SessionKey(input.ReadInt64(), input.ReadInt64()));
            case Kind.Announce:
                var claims = new SessionClaim[input.ReadCount()];
                for (int i = 0; i < claims.Length; i++)
                {
                    claims[i] = new SessionClaim(
                        SessionName.Read(ref input), input.ReadText(), input.ReadInt64(), input.ReadInt64());
                }

                return new Announce(claims);
            case var kind:
                throw new MalformedException($"session request {kind} is unknown");
        }
    }
}
