using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Amqp;

/// <summary>Queues of an AMQP 0-9-1 broker.</summary>
public sealed class AmqpDriver(LoadOptions options, Ledger ledger, Phase phase) : IDriver
{
    private const int MaxBufferBytes = 128 * 1024;
    private const int MinBufferBytes = 16 * 1024;

    /// <summary>Many connections with a large buffer each would be memory that the processor's caches lose.</summary>
    private const int AllBufferBytes = 16 << 20;

    public string Server { get; private set; } = "";

    public int Consumers => options.Consumers;

    public int Copies => 1;

    public bool MayLose => false;

    private int BufferBytes => Math.Clamp(
        AllBufferBytes / (options.Publishers + options.Consumers), MinBufferBytes, MaxBufferBytes);

    public void Declare()
    {
        using AmqpSession session = AmqpSession.Open(options, 0, MaxBufferBytes);
        Server = session.Server;
        for (int queue = 0; queue < options.Queues; queue++)
            session.Declare(options.QueueName(queue), options.Durable, options.QueueType);
        session.Close();
    }

    public void Delete()
    {
        using AmqpSession session = AmqpSession.Open(options, 0, MaxBufferBytes);
        for (int queue = 0; queue < options.Queues; queue++)
            session.Delete(options.QueueName(queue));
        session.Close();
    }

    public Producer OpenProducer(int number) => new AmqpProducer(
        number, options, ledger, phase, AmqpSession.Open(options, number, BufferBytes));

    public Consumer OpenConsumer(int number) => new AmqpConsumer(
        number, options, ledger, phase, AmqpSession.Open(options, number, BufferBytes));

    public IReadOnlyList<string> Faults() => [];
}
