using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Cmq;

/// <summary>Queues of the CMQ HTTP API.</summary>
internal sealed class CmqDriver(LoadOptions options, Ledger ledger, Phase phase) : IDriver
{
    public string Server => "";

    public int Consumers => options.Consumers;

    public int Copies => 1;

    public bool MayLose => false;

    public void Declare()
    {
        using var connection = new CmqConnection(options, 0);
        for (int queue = 0; queue < options.Queues; queue++)
            connection.Demand("CreateQueue", [("queueName", options.QueueName(queue))]);
    }

    public void Delete()
    {
        using var connection = new CmqConnection(options, 0);
        for (int queue = 0; queue < options.Queues; queue++)
            connection.Demand("DeleteQueue", [("queueName", options.QueueName(queue))]);
    }

    public Producer OpenProducer(int number) =>
        new CmqProducer(number, options, ledger, phase, new CmqConnection(options, number));

    public Consumer OpenConsumer(int number) =>
        new CmqConsumer(number, options, ledger, phase, new CmqConnection(options, number));

    public IReadOnlyList<string> Faults() => [];
}
