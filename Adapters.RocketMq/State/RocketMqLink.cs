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

    public RocketMqBrokers Names { get; } = new(Options, Addresses);

    /// <summary>May it use administrators' requests?</summary>
    public bool IsAdministrator => User.Tags.Contains(Administrator);

    public bool May(Access access, string topic) => User.May(access, Namespace, topic);

    /// <summary>Waits for the core and comes back in a turn.</summary>
    public RocketMqResume<T> Ask<T>(ValueTask<T> answer) => new(answer, Turns);
}
