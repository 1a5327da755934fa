using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The leader's answer to a claim.</summary>
/// <param name="Epoch">Later than that of every earlier claim of the group.</param>
/// <param name="Exists">The log has a session of that name.</param>
internal readonly record struct SessionGrant(long Epoch, bool Exists)
{
    public ReadOnlyMemory<byte> ToBytes()
    {
        var output = new ArrayBufferWriter<byte>(9);
        output.WriteInt64(Epoch);
        output.WriteByte(Exists ? (byte)1 : (byte)0);
        return output.WrittenMemory;
    }

    public static SessionGrant Read(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        return new SessionGrant(input.ReadInt64(), input.ReadByte() != 0);
    }
}
