using System.Net;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Who is at the other end, and by which port.</summary>
/// <param name="Name">For logs and listings.</param>
/// <param name="Remote">The client.</param>
/// <param name="Local">The address that it dialled.</param>
/// <param name="Group">The data group whose port it is; the directory's at the name server.</param>
public sealed record RocketMqPeer(string Name, RocketMqEndPoint Remote, IPAddress Local, GroupId Group)
{
    public bool IsNameServer => Group == GroupId.Directory;

    /// <summary>The host as it stands in an address.</summary>
    public string Dialled => Local.ToString();
}
