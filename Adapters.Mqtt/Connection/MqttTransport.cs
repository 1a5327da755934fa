using System.IO.Pipelines;
using System.Net;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>A client's bytes, whatever carries them.</summary>
internal abstract class MqttTransport
{
    /// <summary>For logs.</summary>
    public abstract string Id { get; }

    public abstract IDuplexPipe Pipe { get; }

    /// <summary>Null where it is not known.</summary>
    public abstract IPEndPoint? Remote { get; }

    public abstract EndPoint? Local { get; }

    /// <summary>The listener asks its connections to end.</summary>
    public abstract CancellationToken Closing { get; }

    /// <summary>As in <see cref="State.MqttPeer"/>.</summary>
    public virtual bool IsForeignPage => false;

    /// <summary>Drops the connection without ceremony.</summary>
    public abstract void Abort(string reason);
}
