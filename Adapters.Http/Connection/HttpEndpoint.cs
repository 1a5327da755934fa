using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Adapters.Http.State;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Http.Connection;

/// <summary>The CMQ HTTP listener's only handler: reads a request, runs it, writes its answer. The status is
/// always 200, because stock clients take any other for a broken network and never look at the code (spec
/// section 3).</summary>
public sealed class HttpEndpoint : IAsyncDisposable
{
    private readonly IBroker _broker;
    private readonly HttpOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpActionReader _actions;
    private readonly HttpAuthenticator _authenticator;
    private readonly HttpSessionPool _sessions;
    private readonly HttpPollGauge _polls;
    private readonly HttpByteBudget _forms;
    private readonly CancellationTokenSource _stopping = new();
    private long _lastRequest;

    public HttpEndpoint(IBroker broker, HttpOptions options, TimeProvider time, ILogger<HttpEndpoint> logger)
    {
        _broker = broker;
        _options = options;
        _time = time;
        _logger = logger;
        _actions = new HttpActionReader(options);
        _authenticator = new HttpAuthenticator(broker, options);
        _sessions = new HttpSessionPool(broker, options.MaxSessions, logger, _stopping.Token);
        _polls = new HttpPollGauge(options.MaxConcurrentPolls);
        _forms = new HttpByteBudget(options.MaxRequestBytesInFlight);

        // Request ids differ between runs: they begin with the start time and leave room for a million a
        // millisecond.
        _lastRequest = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
    }

    /// <summary>Receives that wait for a message now.</summary>
    public int WaitingReceives => _polls.Count;

    /// <summary>Sets what Kestrel itself decides. Its limits are the server's, so the listener has a server
    /// of its own or shares these.</summary>
    public static void Configure(KestrelServerOptions server, HttpOptions options)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestLineSize = options.MaxRequestLineBytes;

        // The buffer holds at least one request line; the form's own limit is checked while it is read.
        server.Limits.MaxRequestBufferSize = Math.Max(1024 * 1024, options.MaxRequestLineBytes);
        server.Limits.MaxRequestBodySize = null;
    }

    /// <summary>Serves one request, whatever its path; never throws on account of the client.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        string requestId = Interlocked.Increment(ref _lastRequest).ToString(CultureInfo.InvariantCulture);
        string peer = context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        try
        {
            HttpAnswer answer = await AnswerAsync(context, requestId, peer);
            await WriteAsync(context, answer, requestId);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            _logger.ClientGone(requestId, peer);
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException)
        {
            _logger.ClientGone(requestId, peer);
        }
        catch (Exception exception)
        {
            _logger.Failed(exception, requestId);
            context.Abort();
        }
    }

    /// <summary>Ends the waits of receives and refuses new requests, so that the server can stop without
    /// waiting for long polls; sends on their way still get their answers.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>After the server has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sessions.DisposeAsync();
        _stopping.Dispose();
    }

    private async ValueTask<HttpAnswer> AnswerAsync(HttpContext context, string requestId, string peer)
    {
        try
        {
            return await RunAsync(context);
        }
        catch (HttpProtocolException exception)
        {
            if (exception.Closes)
                context.Response.Headers.Connection = "close";

            // An empty receive is how polling clients pass their time.
            if (exception.Error != HttpError.NoMessage)
                _logger.Refused(requestId, peer, exception.Error.Code, exception.Error.Message);
            return new HttpAnswer.Failed(exception.Error);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException exception)
        {
            // Kestrel's words for a body that ends early, comes too slowly or is badly chunked.
            _logger.Unreadable(requestId, peer, exception.Message);
            context.Response.Headers.Connection = "close";
            return new HttpAnswer.Failed(HttpError.CannotParse("body"));
        }
        catch (Exception exception) when (exception is not (
            OperationCanceledException or ConnectionResetException or ConnectionAbortedException))
        {
            _logger.Failed(exception, requestId);
            return new HttpAnswer.Failed(HttpError.Internal);
        }
    }

    private async ValueTask<HttpAnswer> RunAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (request.Method is not ("GET" or "POST"))
            throw new HttpProtocolException(HttpError.WrongMethod(request.Method), closes: true);

        string rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        HttpTarget target = HttpTarget.Read(rawTarget);
        if (!target.IsApi)
            throw new HttpProtocolException(HttpError.BadRequest, closes: true);
        if (!_broker.IsReady || _stopping.IsCancellationRequested)
            throw new HttpProtocolException(HttpError.Unavailable);

        using var form = new HttpForm(_forms, _options.MaxRequestBytes);
        if (request.Method == "GET")
            form.Read(target.Query);
        else
            await form.ReadAsync(request.BodyReader, request.ContentLength, context.RequestAborted);

        HttpParameters parameters = HttpFormReader.Read(form.Bytes, _options.MaxParameters);
        long nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        AccessKey key = Authenticate(context, target, parameters, nowMs);
        HttpAction action = _actions.Read(parameters);

        using HttpSessionPool.Lease lease = _sessions.Rent(key);
        var conversation = new HttpConversation(
            lease.Session, key, _polls, _options, _broker.Limits.MaxMessageBytes, nowMs);
        return await conversation.RunAsync(action, context.RequestAborted);
    }

    private AccessKey Authenticate(
        HttpContext context, HttpTarget target, HttpParameters parameters, long nowMs)
    {
        IReadOnlyList<string> hosts = HttpSignedRequest.HostsOf(
            context.Request.Headers.Host.ToString(), context.Connection.LocalPort, _options.HostAliases);
        var signed = new HttpSignedRequest(context.Request.Method, hosts, target.Path, parameters);
        return _authenticator.Authenticate(signed, nowMs / 1_000);
    }

    private async ValueTask WriteAsync(HttpContext context, HttpAnswer answer, string requestId)
    {
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json; charset=utf-8";

        if (HttpWriter.BodyBytes(answer) > _options.MaxBufferedAnswerBytes)
        {
            // In chunks, each sent before the next is written: a slow reader costs one chunk.
            using var json = new Utf8JsonWriter(response.BodyWriter, HttpWriter.JsonOptions);
            foreach (long _ in HttpWriter.Portions(json, answer, requestId))
                await response.BodyWriter.FlushAsync(context.RequestAborted);
            return;
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, HttpWriter.JsonOptions))
        {
            foreach (long written in HttpWriter.Portions(json, answer, requestId))
                response.ContentLength = written;
        }

        await response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}
