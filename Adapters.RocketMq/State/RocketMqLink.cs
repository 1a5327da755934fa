using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>What the handlers of one connection share once its user is known.</summary>
/// <param name="Group">The data group whose port it came in by; the directory's at the name server.</param>
/// <param name="Dialled">The host that the client dialled.</param>
/// <param name="Clients">All clients of this node.</param>
/// <param name="Stopping">The connection is going.</param>
internal sealed record RocketMqLink(
    IBroker Node,
    IBrokerConnection Broker,
    IPartitions Partitions,
    IConsumerGroups Groups,
    IParkedMessages Parked,
    Identity User,
    NamespaceId Namespace,
    GroupId Group,
    string Dialled,
    IRocketMqAddresses Addresses,
    RocketMqClients Clients,
    RocketMqOptions Options,
    IRocketMqTurns Turns,
    CancellationToken Stopping)
{
    private const string Administrator = "administrator";

    /// <summary>What the requests under way hold.</summary>
    public RocketMqBudget Budget { get; } = new();

    public RocketMqBrokers Names { get; } = new(Options, Addresses);

    /// <summary>May it use administrators' requests?</summary>
    public bool IsAdministrator => User.Tags.Contains(Administrator);

    public bool May(Access access, string topic) => User.May(access, Namespace, topic);

    /// <summary>Taking part in a consumer group is reading its retry topic, which every group has.</summary>
    /// <exception cref="RocketMqProtocolException">16.</exception>
    public void CheckGroup(string group)
    {
        if (!May(Access.Read, RocketMqNames.RetryPrefix + group))
            throw RocketMqErrors.NoPermission($"no permission for the consumer group[{group}]");
    }

    /// <exception cref="RocketMqProtocolException">16.</exception>
    public void CheckRead(string topic)
    {
        if (!May(Access.Read, topic))
            throw RocketMqErrors.NoPermission($"no permission to consume topic[{topic}]");
    }

    /// <summary>Waits for the core and comes back in a turn.</summary>
    public RocketMqResume<T> Ask<T>(ValueTask<T> answer) => new(answer, Turns);
}
