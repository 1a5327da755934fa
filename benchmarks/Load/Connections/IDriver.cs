namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>How one protocol is driven.</summary>
public interface IDriver
{
    /// <summary>What the broker says it is, if it does.</summary>
    string Server { get; }

    /// <summary>Consumers that are opened; more than asked for where the protocol needs it.</summary>
    int Consumers { get; }

    /// <summary>How many consumers get each message.</summary>
    int Copies { get; }

    /// <summary>Whether what is confirmed may be lost all the same (MQTT QoS 0).</summary>
    bool MayLose { get; }

    /// <summary>Makes the queues.</summary>
    void Declare();

    /// <summary>Removes them.</summary>
    void Delete();

    /// <summary>Opens a connection that publishes; it does when it is run.</summary>
    Producer OpenProducer(int number);

    /// <summary>Opens a connection that consumes; messages flow when it is run.</summary>
    Consumer OpenConsumer(int number);

    /// <summary>Looks at what only this protocol tells, when all is over.</summary>
    /// <returns>What is wrong, in words.</returns>
    IReadOnlyList<string> Faults();
}
