using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>What the channels of a connection share once it is open.</summary>
/// <param name="FrameMax">Agreed, in bytes.</param>
/// <param name="CancelNotify">The client wants basic.cancel when a queue goes.</param>
/// <param name="NewName">22 random characters for server-made names.</param>
/// <param name="Stopping">The connection is going.</param>
internal sealed record AmqpLink(
    IBroker Node,
    IBrokerConnection Broker,
    AmqpVirtualHost Host,
    AmqpOptions Options,
    AmqpWriter Writer,
    IAmqpTurns Turns,
    SettleBatch Settles,
    AmqpMapping Mapping,
    int FrameMax,
    bool CancelNotify,
    Func<string> NewName,
    CancellationToken Stopping)
{
    /// <summary>Consumers of this connection by number.</summary>
    public Dictionary<int, AmqpConsumer> Consumers { get; } = [];

    /// <summary>Channels with deliveries to write, each once.</summary>
    public Queue<AmqpConsuming> Deliverable { get; } = [];

    /// <summary>Consumers whose credit changed in this turn, each once.</summary>
    public List<AmqpConsumer> Owed { get; } = [];

    /// <summary>Bytes of bodies that have arrived in part.</summary>
    public long PartialBytes { get; set; }

    /// <summary>Last consumer number given.</summary>
    public int LastConsumer { get; set; }

    /// <summary>Called before a publish is handed over.</summary>
    public required Action OnPublish { get; init; }

    /// <summary>Waits for the core and comes back in a turn; what was settled before counts.</summary>
    public AmqpResume<T> Ask<T>(ValueTask<T> answer) => new(answer, Turns);

    /// <inheritdoc cref="Ask{T}"/>
    public AmqpResume Ask(ValueTask done) => new(done, Turns);
}
