using System.Net;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Who is at the other end, and by which port.</summary>
/// <param name="Name">For logs and listings.</param>
/// <param name="Address">The client's address.</param>
/// <param name="Remote">The same with its port, as records show it.</param>
/// <param name="Local">The address that it dialled.</param>
/// <param name="Group">The data group whose port it is; the directory's at the name server.</param>
public sealed record RocketMqPeer(
    string Name, IPAddress Address, RocketMqEndPoint Remote, IPAddress Local, GroupId Group)
{
    public bool IsNameServer => Group == GroupId.Directory;

    /// <summary>The host as it stands in an address.</summary>
    public string Dialled => Local.ToString();
}
