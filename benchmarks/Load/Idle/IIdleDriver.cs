using System.Net;

namespace Cmq.MultiProtocol.Benchmarks.Load.Idle;

/// <summary>How idle connections of one protocol are made and tried.</summary>
internal interface IIdleDriver
{
    /// <summary>Opens one that has a place of its own to get messages at. Thread-safe.</summary>
    IIdleConnection Open(int number, IPAddress? source);

    /// <summary>Sends each of these a message and waits until the broker has them.</summary>
    void Send(IReadOnlyList<int> numbers, long run);

    /// <summary>The heap as the broker tells it in its figures, in bytes; null when it does not.</summary>
    long? HeapBytes();
}
