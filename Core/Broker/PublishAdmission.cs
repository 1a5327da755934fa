namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>What <see cref="IBrokerConnection.Publish"/> can say at once.</summary>
public enum PublishAdmission
{
    /// <summary>On its way; <see cref="IConnectionSink.Published"/> follows exactly once for the tag.</summary>
    Accepted,

    /// <summary>Given to everyone who listens, from memory, and no queue matches: it is done, nothing
    /// follows.</summary>
    Served,

    /// <summary>No queue matches, and nobody listens; nothing follows.</summary>
    Unroutable,

    /// <summary>Body above the broker's or a target queue's limit, properties and keys above 1 MiB together, an owner
    /// above 255 bytes, or too many targets for a numbered publish; nothing follows.</summary>
    TooLarge,

    /// <summary>A node of the cluster is short of disk space, and the connection does not wait for it; nothing was
    /// stored or given to anyone, and nothing follows.</summary>
    Full,
}
