using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Http.Connection;
using Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>The endpoint in a real Kestrel on a free loopback port, before a core in memory.</summary>
public sealed class ServedBroker : IAsyncDisposable
{
    public const string SecretId = "AKIDtest0001";
    public const string SecretKey = "secretKey0001";

    private readonly WebApplication _app;
    private int _nonce;

    private ServedBroker(FakeBroker broker, HttpEndpoint endpoint, CollectingLogger log, WebApplication app)
    {
        Broker = broker;
        Endpoint = endpoint;
        Log = log;
        _app = app;
        string address = app.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        Port = new Uri(address).Port;
    }

    public FakeBroker Broker { get; }

    public HttpEndpoint Endpoint { get; }

    public CollectingLogger Log { get; }

    public int Port { get; }

    public string Host => $"127.0.0.1:{Port}";

    public static async Task<ServedBroker> StartAsync(HttpOptions? options = null)
    {
        options ??= new HttpOptions();
        var broker = new FakeBroker(new ManualTime(DateTimeOffset.FromUnixTimeSeconds(1_795_227_045)));
        broker.Keys[SecretId] =
            new AccessKey(SecretId, SecretKey, broker.User, FakeBroker.Namespace, Enabled: true);
        var log = new CollectingLogger();
        var endpoint = new HttpEndpoint(broker, options, broker.Time, log);

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            HttpEndpoint.Configure(server, options);
            server.Listen(IPAddress.Loopback, 0);
        });
        WebApplication app = builder.Build();
        app.Run(endpoint.HandleAsync);
        await app.StartAsync();
        return new ServedBroker(broker, endpoint, log, app);
    }

    /// <summary>Sends a signed POST and gives the answer.</summary>
    public async Task<JsonElement> CallAsync(
        string action, params (string Name, string Value)[] parameters) =>
        (await SendAsync(Post(SignedForm("POST", Host, "/v2/index.php", action, parameters)))).Json;

    /// <summary>A form with everything that is common, signed as the specification says.</summary>
    public string SignedForm(
        string method,
        string host,
        string path,
        string action,
        params (string Name, string Value)[] parameters) =>
        TestSignature.Form(
            method,
            host,
            path,
            [
                ("Action", action),
                ("Nonce", Interlocked.Increment(ref _nonce).ToString()),
                ("SecretId", SecretId),
                ("Timestamp", (Broker.Time.NowMs / 1000).ToString()),
                .. parameters,
            ],
            SecretKey);

    public string Post(string form, string path = "/v2/index.php", string headers = "") =>
        $"POST {path} HTTP/1.1\r\nHost: {Host}\r\n{headers}Content-Length: {form.Length}\r\n\r\n{form}";

    public Task<RawAnswer> SendAsync(string request) => SendAsync(Encoding.Latin1.GetBytes(request));

    public async Task<RawAnswer> SendAsync(byte[] request)
    {
        using TcpClient client = await ConnectAsync();
        await client.GetStream().WriteAsync(request);
        return await RawAnswer.ReadAsync(client.GetStream());
    }

    public async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        Broker.WakeWaits();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Endpoint.DisposeAsync();
    }
}
