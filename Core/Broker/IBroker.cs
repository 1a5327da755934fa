namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>The core as adapters see it. Thread-safe.</summary>
public interface IBroker
{
    /// <summary>The node holds its lease and serves clients.</summary>
    bool IsReady { get; }

    LimitOptions Limits { get; }

    /// <summary>A reader for another protocol's property block; null for <see cref="PropertyFormat.None"/>.</summary>
    IPropertyReader? PropertyReader(PropertyFormat format);

    /// <summary>A message for consumers of a protocol that it did not come by.</summary>
    MessageContent Content(StoredMessage message) => PropertyReader(message.Format) is { } reader
        ? reader.Content(message, Limits.MaxMessageBytes)
        : new MessageContent(new MessageProperties(), message.Body);

    /// <summary>Checks a password. Failures cost time and are logged here; the answer does not say why.</summary>
    /// <returns>Null when refused.</returns>
    ValueTask<Identity?> LogInAsync(
        string userName, ReadOnlyMemory<byte> password, System.Net.IPAddress peer, CancellationToken cancellation);

    /// <summary>A user without a login: whom a listener's strangers act as. Null when unknown.</summary>
    Identity? FindUser(string userName);

    /// <summary>Null when unknown.</summary>
    AccessKey? FindAccessKey(string secretId);

    NamespaceId? FindNamespace(string name);

    /// <summary>Name of a namespace, for error texts.</summary>
    string NamespaceName(NamespaceId ns);

    /// <summary>Every data group, ascending: who leads it, and what that node advertises for a service. As far as this
    /// node knows at this moment; none before it knows its cluster. Cheap; who needs the changes asks again.</summary>
    IReadOnlyList<GroupLeader> ListGroups(string service);

    /// <summary>Announces to all nodes where this one serves something, instead of what it announced for it before. For
    /// as long as the process runs; the others know it a moment later (it goes with the renewal of the lease).</summary>
    /// <param name="service">A name that adapters agree on, such as <c>rocketmq:1</c>; 1 to 255 bytes of UTF-8.</param>
    /// <param name="address"><c>host:port</c>, 1 to 255 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">One of them is empty or too long.</exception>
    /// <exception cref="InvalidOperationException">More than 64 services.</exception>
    void Advertise(string service, string address);

    /// <summary>From here on this one is told of clients whose node died (<see cref="ISession.AppearAsync"/>).</summary>
    void WatchLost(ILostClients watcher);

    IBrokerConnection Connect(ConnectionOptions options);
}
