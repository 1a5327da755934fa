using System.Net;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Who a client is and where it enters.</summary>
internal static class MqttLogin
{
    private const string DefaultNamespace = "/";

    /// <summary>A user name may say the namespace first, as RabbitMQ has it: <c>vhost:user</c>.</summary>
    public static async ValueTask<(MqttReason Reason, Identity? User, NamespaceId Namespace)> EnterAsync(
        MqttNode node, MqttPeer peer, MqttConnect packet, IMqttTurns turns, CancellationToken cancellation)
    {
        (string space, string? name) = Split(packet.UserName);
        if (node.Broker.FindNamespace(space) is not { } ns)
            return (MqttReason.BadUserNameOrPassword, null, default);
        Identity? user;
        if (name is null)
        {
            if (packet.Password is not null || !MayBeAnonymous(node.Options, peer))
                return (MqttReason.NotAuthorized, null, default);
            user = node.Broker.FindUser(node.Options.AnonymousUser!);
            if (user is null)
                return (MqttReason.NotAuthorized, null, default);
        }
        else
        {
            user = await new MqttResume<Identity?>(node.Broker.LogInAsync(
                name, packet.Password ?? default, peer.Address, cancellation), turns);
            if (user is null)
                return (node.Broker.IsReady ? MqttReason.BadUserNameOrPassword : MqttReason.ServerUnavailable, null, default);
        }
        return user.MayEnter(ns)
            ? (MqttReason.Success, user, ns)
            : (MqttReason.NotAuthorized, null, default);
    }

    private static bool MayBeAnonymous(MqttOptions options, MqttPeer peer) =>
        options.AnonymousUser is not null && !peer.IsForeignPage
        && (options.AnonymousFromAnywhere || IPAddress.IsLoopback(peer.Address));

    private static (string Namespace, string? User) Split(string? userName)
    {
        int cut = userName?.LastIndexOf(':') ?? -1;
        return cut < 0 ? (DefaultNamespace, userName) : (userName![..cut], userName[(cut + 1)..]);
    }
}
