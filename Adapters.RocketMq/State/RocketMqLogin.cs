using System.Net;
using System.Security.Cryptography;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Whose request it is (specification section 21, ACL): a request that carries an access key must be
/// signed with its secret; without one it is the listener's anonymous user's.</summary>
internal static class RocketMqLogin
{
    private const string AccessKeyField = "AccessKey";
    private const string SignatureField = "Signature";
    private const string DefaultNamespace = "/";

    /// <param name="door">Knows keys and users.</param>
    /// <param name="peer">Who asks.</param>
    /// <param name="command">The request.</param>
    /// <exception cref="RocketMqProtocolException">16.</exception>
    public static (Identity User, NamespaceId Namespace) Find(
        RocketMqDoor door, RocketMqPeer peer, RocketMqCommand command)
    {
        IBroker broker = door.Broker;
        string? id = command.Fields?.TextOrNull(AccessKeyField);
        if (id is not null && broker.FindAccessKey(id) is { Enabled: true } key)
        {
            return IsSigned(command, key.SecretKey)
                ? (key.User, key.Namespace)
                : throw RocketMqErrors.NoPermission("the signature does not match");
        }
        // Clients with keys of some other system are as welcome as clients without: both are anonymous.
        Identity? anonymous = Anonymous(door, peer);
        if (anonymous is null || broker.FindNamespace(DefaultNamespace) is not { } ns || !anonymous.MayEnter(ns))
            throw RocketMqErrors.NoPermission("no access without a known access key");
        return (anonymous, ns);
    }

    private static Identity? Anonymous(RocketMqDoor door, RocketMqPeer peer) =>
        door.Options.AnonymousUser is { } name && (door.Options.AnonymousFromAnywhere || IPAddress.IsLoopback(peer.Address))
            ? door.Broker.FindUser(name)
            : null;

    /// <summary>HMAC-SHA1 over the values of all other fields in the order of their names, then the
    /// body.</summary>
    private static bool IsSigned(RocketMqCommand command, string secret)
    {
        Span<byte> given = stackalloc byte[HMACSHA1.HashSizeInBytes];
        if (!Convert.TryFromBase64String(command.Fields!.TextOrNull(SignatureField) ?? "", given, out int bytes)
            || bytes != given.Length)
        {
            return false;
        }
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, Encoding.UTF8.GetBytes(secret));
        foreach ((string name, string value) in command.Fields.All.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            if (name != SignatureField)
                mac.AppendData(Encoding.UTF8.GetBytes(value));
        }
        mac.AppendData(command.Body.Span);
        Span<byte> wanted = stackalloc byte[HMACSHA1.HashSizeInBytes];
        mac.GetHashAndReset(wanted);
        return CryptographicOperations.FixedTimeEquals(given, wanted);
    }
}
