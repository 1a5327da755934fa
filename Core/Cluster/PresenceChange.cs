using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A client of a node appeared, or disappeared.</summary>
/// <param name="Name">Of its session.</param>
/// <param name="Card">The adapter's word on it; null when it disappeared.</param>
internal readonly record struct PresenceChange(SessionName Name, byte[]? Card)
{
    public static void Write(IBufferWriter<byte> output, PresenceChange change)
    {
        change.Name.Write(output);
        output.WriteByte(change.Card is null ? (byte)0 : (byte)1);
        if (change.Card is not null)
            output.WriteBytes(change.Card);
    }

    public static PresenceChange Read(ref StateReader input) =>
        // A copy: the card outlives the batch that it came in.
        new(SessionName.Read(ref input), input.ReadByte() != 0 ? input.ReadBytes().ToArray() : null);
}
