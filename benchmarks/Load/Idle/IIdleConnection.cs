namespace Cmq.MultiProtocol.Benchmarks.Load.Idle;

/// <summary>A connection that waits for one message.</summary>
internal interface IIdleConnection : IDisposable
{
    /// <summary>Takes the message and acknowledges it.</summary>
    /// <exception cref="IOException">The connection is lost, or something else came.</exception>
    void TakeOne(long run);
}
