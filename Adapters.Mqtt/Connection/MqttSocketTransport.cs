using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>A client over TCP or TLS. All that it knows is Kestrel's.</summary>
internal sealed class MqttSocketTransport(ConnectionContext connection) : MqttTransport
{
    public override string Id => connection.ConnectionId;

    public override IDuplexPipe Pipe => connection.Transport;

    public override IPEndPoint? Remote => connection.RemoteEndPoint as IPEndPoint;

    public override EndPoint? Local => connection.LocalEndPoint;

    public override CancellationToken Closing =>
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;

    public override void Abort(string reason) => connection.Abort(new ConnectionAbortedException(reason));
}
