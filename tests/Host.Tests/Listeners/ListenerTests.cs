using System.Net.Security;
using System.Net.Sockets;
using Cmq.MultiProtocol.Host.Configuration;
using Cmq.MultiProtocol.Host.Listeners;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmq.MultiProtocol.Host.Tests.Listeners;

public sealed class ListenerTests
{
    private static readonly ListenAddress AnyPort = new("127.0.0.1", 0);

    [Fact]
    public async Task Port_0_takes_a_free_port_and_tells_it()
    {
        await using Listener listener = await OpenAsync(new ListenerPlan("http", AnyPort)
        {
            Requests = context => context.Response.WriteAsync("hello"),
        });

        Assert.NotEqual(0, listener.Bound.Port);
        using var client = new HttpClient();
        Assert.Equal("hello", await client.GetStringAsync(new Uri($"http://{listener.Bound}/")));
    }

    [Fact]
    public async Task A_taken_port_stops_the_start_with_the_listeners_name()
    {
        await using Listener first = await OpenAsync(new ListenerPlan("one", AnyPort));

        var failure = await Assert.ThrowsAsync<StartException>(
            () => OpenAsync(new ListenerPlan("two", new ListenAddress("127.0.0.1", first.Bound.Port))));

        Assert.StartsWith($"cannot listen on two 127.0.0.1:{first.Bound.Port}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_goes_to_the_protocol_that_the_listener_is_for()
    {
        await using Listener listener = await OpenAsync(new ListenerPlan("echo", AnyPort) { Connections = Echo });
        using var client = new TcpClient();
        await client.ConnectAsync(listener.Bound);

        Assert.Equal("ping", await ExchangeAsync(client.GetStream()));
    }

    [Fact]
    public async Task A_TLS_listener_shows_the_configured_certificate()
    {
        string directory = Directory.CreateTempSubdirectory("cmq-tls-").FullName;
        try
        {
            var files = new CertificateFiles(Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
            string thumbprint = TestCertificate.Write(files.Certificate, files.Key, "127.0.0.1");
            var certificate = new ReloadingCertificate(
                files, TimeProvider.System, NullLogger<ReloadingCertificate>.Instance);
            await using Listener listener = await Listener.OpenAsync(
                new ListenerPlan("echo", AnyPort) { Tls = true, Connections = Echo }, certificate,
                NullLoggerFactory.Instance, CancellationToken.None);
            using var client = new TcpClient();
            await client.ConnectAsync(listener.Bound);
            await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false,
                (_, shown, _, _) => shown?.GetCertHashString() == thumbprint);
            await tls.AuthenticateAsClientAsync("127.0.0.1");

            Assert.Equal("ping", await ExchangeAsync(tls));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_connection_receives_into_large_blocks_and_holds_none_while_it_is_idle()
    {
        var blocks = new BlockStock(blockBytes: 16 * 1024, maxBlocks: 8);
        var first = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Listener listener = await OpenAsync(new ListenerPlan("large", AnyPort)
        {
            Blocks = blocks,
            Connections = listen => listen.Run(async connection =>
            {
                System.IO.Pipelines.ReadResult read = await connection.Transport.Input.ReadAtLeastAsync(12_000);
                first.SetResult(read.Buffer.First.Length);
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                await connection.Transport.Input.ReadAsync();
            }),
        });
        using var client = new TcpClient();
        await client.ConnectAsync(listener.Bound);

        await client.GetStream().WriteAsync(new byte[12_000]);

        Assert.Equal(12_000, await first.Task);
        await NoneLentAsync(blocks);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_crosses_many_blocks_arrives_whole_and_all_blocks_come_back(bool isTls)
    {
        string directory = Directory.CreateTempSubdirectory("cmq-blocks-").FullName;
        try
        {
            var blocks = new BlockStock(blockBytes: 16 * 1024, maxBlocks: 4);
            var files = new CertificateFiles(Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
            string thumbprint = TestCertificate.Write(files.Certificate, files.Key, "127.0.0.1");
            var certificate = new ReloadingCertificate(
                files, TimeProvider.System, NullLogger<ReloadingCertificate>.Instance);
            await using (Listener listener = await Listener.OpenAsync(
                new ListenerPlan("echo", AnyPort) { Tls = isTls, Connections = EchoAll, Blocks = blocks }, certificate,
                NullLoggerFactory.Instance, CancellationToken.None))
            {
                await Task.WhenAll(Enumerable.Range(1, 3).Select(
                    seed => ExchangeManyAsync(listener, isTls ? thumbprint : null, seed)));
            }

            await NoneLentAsync(blocks);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Stopping_asks_connections_to_close_and_then_aborts_them()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Listener listener = await OpenAsync(new ListenerPlan("deaf", AnyPort)
        {
            Connections = listen => listen.Run(async connection =>
            {
                connection.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeNotificationFeature>()!
                    .ConnectionClosedRequested.Register(asked.SetResult);
                connection.ConnectionClosed.Register(aborted.SetResult);
                open.SetResult();
                await aborted.Task;
            }),
        });
        using var client = new TcpClient();
        await client.ConnectAsync(listener.Bound);
        await open.Task;
        using var patience = new CancellationTokenSource();

        Task stopping = listener.StopAsync(patience.Token);
        await asked.Task;
        Assert.False(aborted.Task.IsCompleted);
        await patience.CancelAsync();

        await aborted.Task;
        await stopping;
    }

    private static Task<Listener> OpenAsync(ListenerPlan plan) =>
        Listener.OpenAsync(plan, null, NullLoggerFactory.Instance, CancellationToken.None);

    private static void Echo(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions listen) =>
        listen.Run(async connection =>
        {
            System.IO.Pipelines.ReadResult read = await connection.Transport.Input.ReadAtLeastAsync(4);
            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
                await connection.Transport.Output.WriteAsync(segment);
        });

    private static void EchoAll(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions listen) =>
        listen.Run(connection => connection.Transport.Input.CopyToAsync(connection.Transport.Output));

    /// <summary>Connections end on threads of their own; only a block that never comes back takes the minute.</summary>
    private static async Task NoneLentAsync(BlockStock blocks)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (blocks.LentBlocks > 0)
            await Task.Delay(5, patience.Token);
    }

    private static async Task ExchangeManyAsync(Listener listener, string? thumbprint, int seed)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(listener.Bound);
        await using Stream stream = thumbprint is null
            ? client.GetStream()
            : new SslStream(client.GetStream(), leaveInnerStreamOpen: false,
                (_, shown, _, _) => shown?.GetCertHashString() == thumbprint);
        if (stream is SslStream tls)
            await tls.AuthenticateAsClientAsync("127.0.0.1");
        byte[] sent = new byte[1_000_000];
        new Random(seed).NextBytes(sent);
        byte[] received = new byte[sent.Length];

        await Task.WhenAll(stream.WriteAsync(sent).AsTask(), stream.ReadExactlyAsync(received).AsTask());

        Assert.Equal(sent, received);
    }

    private static async Task<string> ExchangeAsync(Stream stream)
    {
        await stream.WriteAsync("ping"u8.ToArray());
        byte[] answer = new byte[4];
        await stream.ReadExactlyAsync(answer);
        return System.Text.Encoding.ASCII.GetString(answer);
    }
}
