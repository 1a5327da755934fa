using System.IO.Pipelines;
using System.Net;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>A client's bytes, whatever carries them.</summary>
/// <param name="Id">For logs.</param>
/// <param name="Remote">Null where it is not known.</param>
/// <param name="Abort">Drops the connection without ceremony; the argument says why.</param>
/// <param name="Closing">The listener asks its connections to end.</param>
/// <param name="IsForeignPage">As in <see cref="State.MqttPeer"/>.</param>
internal sealed record MqttTransport(
    string Id,
    IDuplexPipe Pipe,
    IPEndPoint? Remote,
    EndPoint? Local,
    Action<string> Abort,
    CancellationToken Closing,
    bool IsForeignPage = false);
