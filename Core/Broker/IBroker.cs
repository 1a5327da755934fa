namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>The core as adapters see it. Thread-safe.</summary>
public interface IBroker
{
    /// <summary>The node holds its lease and serves clients.</summary>
    bool IsReady { get; }

    LimitOptions Limits { get; }

    /// <summary>A reader for another protocol's property block; null for <see cref="PropertyFormat.None"/>.</summary>
    IPropertyReader? PropertyReader(PropertyFormat format);

    /// <summary>Checks a password. Failures cost time and are logged here; the answer does not say why.</summary>
    /// <returns>Null when refused.</returns>
    ValueTask<Identity?> LogInAsync(
        string userName, ReadOnlyMemory<byte> password, System.Net.IPAddress peer, CancellationToken cancellation);

    /// <summary>A user without a login: whom a listener's strangers act as. Null when unknown.</summary>
    Identity? FindUser(string userName) => null;

    /// <summary>Null when unknown.</summary>
    AccessKey? FindAccessKey(string secretId);

    NamespaceId? FindNamespace(string name);

    /// <summary>Name of a namespace, for error texts.</summary>
    string NamespaceName(NamespaceId ns);

    IBrokerConnection Connect(ConnectionOptions options);
}
