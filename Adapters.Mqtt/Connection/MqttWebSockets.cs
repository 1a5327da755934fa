using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>MQTT over WebSocket (MQTT 5.0 §6): binary frames, whose bounds mean nothing.</summary>
internal sealed class MqttWebSockets
{
    /// <summary>Bytes of a client that wait to be understood, and for its socket to take.</summary>
    private const int PipeBytes = 64 * 1024;

    private static readonly string[] Paths = ["/mqtt", "/ws", "/"];

    /// <summary>The specification's name, and the one of clients from before it.</summary>
    private static readonly string[] Protocols = ["mqtt", "mqttv3.1"];

    private readonly MqttServer _server;
    private readonly WebSocketMiddleware _upgrade;

    public MqttWebSockets(MqttServer server, ILoggerFactory loggers)
    {
        _server = server;
        // MQTT has its own keep-alive.
        var options = new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero };
        _upgrade = new WebSocketMiddleware(ServeAsync, Options.Create(options), loggers);
    }

    public Task HandleAsync(HttpContext context) => _upgrade.Invoke(context);

    private async Task ServeAsync(HttpContext context)
    {
        IList<string> offered = context.WebSockets.WebSocketRequestedProtocols;
        string? protocol = Protocols.FirstOrDefault(offered.Contains);
        if (!Paths.Contains(context.Request.Path.Value))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        // A client that offers nothing is served all the same, as other brokers do.
        if (!context.WebSockets.IsWebSocketRequest || (offered.Count > 0 && protocol is null))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(protocol).ConfigureAwait(false);
        CancellationToken closing =
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        await ServeAsync(context, socket, closing).ConfigureAwait(false);
    }

    private async Task ServeAsync(HttpContext context, WebSocket socket, CancellationToken closing)
    {
        var limits = new PipeOptions(pauseWriterThreshold: PipeBytes, resumeWriterThreshold: PipeBytes / 2,
            useSynchronizationContext: false);
        var input = new Pipe(limits);
        var output = new Pipe(limits);
        using var aborting = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        Task receiving = ReceiveAsync(socket, input.Writer, aborting.Token);
        Task sending = SendAsync(socket, output.Reader, aborting.Token);
        await _server.ServeAsync(new Transport(
            context.Connection,
            new WebSocketPipe(input.Reader, output.Writer),
            aborting,
            IsForeignPage(context.Request, _server.Node.Options),
            closing)).ConfigureAwait(false);
        await output.Writer.CompleteAsync().ConfigureAwait(false);
        // What was written last goes out; then the client has a while to close its side.
        aborting.CancelAfter(TimeSpan.FromMilliseconds(_server.Node.Options.LingerMs));
        await sending.ConfigureAwait(false);
        await input.Reader.CompleteAsync().ConfigureAwait(false);
        await receiving.ConfigureAwait(false);
    }

    /// <summary>Browsers say which page connects (RFC 6455 §10.2); other clients need not, and paho 1.6 names the broker
    /// itself. A page of this machine is not foreign. The host that was asked for proves nothing: a page can give its own
    /// name our address.</summary>
    internal static bool IsForeignPage(HttpRequest request, MqttOptions options) =>
        request.Headers.Origin is { Count: > 0 } origin
        && !(Uri.TryCreate(origin.ToString(), UriKind.Absolute, out Uri? page)
            && page is { IsLoopback: true, Scheme: "http" or "https" })
        && !options.WebSocketOrigins.Contains(origin.ToString(), StringComparer.OrdinalIgnoreCase);

    private static async Task ReceiveAsync(WebSocket socket, PipeWriter writer, CancellationToken aborting)
    {
        try
        {
            while (true)
            {
                // Waits without a buffer: an idle client costs none.
                ValueWebSocketReceiveResult result =
                    await socket.ReceiveAsync(Memory<byte>.Empty, aborting).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Binary)
                    result = await socket.ReceiveAsync(writer.GetMemory(), aborting).ConfigureAwait(false);
                if (result.MessageType != WebSocketMessageType.Binary)
                    break;
                writer.Advance(result.Count);
                if ((await writer.FlushAsync(aborting).ConfigureAwait(false)).IsCompleted)
                    break;
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
        {
            // The client is gone without a close; its conversation sees the end of the input.
        }
        await writer.CompleteAsync().ConfigureAwait(false);
    }

    private static async Task SendAsync(WebSocket socket, PipeReader reader, CancellationToken aborting)
    {
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync(aborting).ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> part in result.Buffer)
                {
                    await socket.SendAsync(part, WebSocketMessageType.Binary, endOfMessage: true, aborting)
                        .ConfigureAwait(false);
                }
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    break;
            }
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, aborting).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
        {
            // As in ReceiveAsync; the conversation sees that nobody takes its output.
        }
        await reader.CompleteAsync().ConfigureAwait(false);
    }

    private sealed class Transport(
        ConnectionInfo connection,
        IDuplexPipe pipe,
        CancellationTokenSource aborting,
        bool isForeignPage,
        CancellationToken closing) : MqttTransport
    {
        public override string Id => connection.Id;

        public override IDuplexPipe Pipe => pipe;

        public override IPEndPoint? Remote =>
            connection.RemoteIpAddress is { } remote ? new IPEndPoint(remote, connection.RemotePort) : null;

        public override EndPoint? Local =>
            connection.LocalIpAddress is { } local ? new IPEndPoint(local, connection.LocalPort) : null;

        public override CancellationToken Closing => closing;

        public override bool IsForeignPage => isForeignPage;

        public override void Abort(string reason) => aborting.Cancel();
    }

    private sealed record WebSocketPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
