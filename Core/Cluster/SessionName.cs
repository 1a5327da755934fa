using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What names a session to its client.</summary>
internal readonly record struct SessionName(NamespaceId Namespace, string Name)
{
    public void Write(IBufferWriter<byte> output)
    {
        output.WriteInt64(Namespace.Value);
        output.WriteText(Name);
    }

    public static SessionName Read(ref StateReader input) =>
        new(new NamespaceId(input.ReadInt64()), input.ReadText());
}
