using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>A client's connection, for requests of ours to it. Thread-safe.</summary>
public interface IRocketMqChannel
{
    /// <summary>The client's <c>ip:port</c>.</summary>
    string Address { get; }

    /// <summary>The broker port that it came in by.</summary>
    GroupId Group { get; }

    /// <summary>Where the client asks for messages of that group by id.</summary>
    RocketMqEndPoint StoreHost { get; }

    /// <summary>Sends a request that is not answered.</summary>
    void Tell(RocketMqRequestCode code, IRocketMqHeader header, ReadOnlyMemory<byte> body);

    /// <summary>Sends a request.</summary>
    /// <returns>The answer; null when none came in time, or the connection ended.</returns>
    Task<RocketMqCommand?> AskAsync(RocketMqRequestCode code, IRocketMqHeader header, ReadOnlyMemory<byte> body);
}
