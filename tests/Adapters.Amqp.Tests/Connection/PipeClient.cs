using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.Connection;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Connection;

/// <summary>A client at the other end of a connection handler, over pipes.</summary>
internal sealed class PipeClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Pipe _toServer;
    private readonly Pipe _toClient;

    /// <param name="serverBuffer">Bytes that the transport takes from the server before the client
    /// reads.</param>
    public PipeClient(FakeBroker? broker = null, AmqpOptions? options = null, long serverBuffer = 65_536)
    {
        Broker = broker ?? new FakeBroker();
        _toServer = new Pipe();
        _toClient = new Pipe(new PipeOptions(
            pauseWriterThreshold: serverBuffer, resumeWriterThreshold: serverBuffer / 2, useSynchronizationContext: false));
        var context = new DefaultConnectionContext("test")
        {
            Transport = new DuplexPipe(_toServer.Reader, _toClient.Writer),
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 4_711),
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 5_672),
        };
        var handler = new AmqpConnection(
            Broker, options ?? new AmqpOptions(), Time, NullLogger<AmqpConnection>.Instance);
        Served = Task.Run(() => handler.OnConnectedAsync(context));
    }

    public FakeBroker Broker { get; }

    public FakeBrokerConnection Link => Broker.Connections[^1];

    public ManualTime Time { get; } = new();

    public Task Served { get; }

    public PipeWriter Output => _toServer.Writer;

    public static async Task<PipeClient> OpenAsync(
        FakeBroker? broker = null, AmqpOptions? options = null, ushort heartbeat = 0, long serverBuffer = 65_536)
    {
        var client = new PipeClient(broker, options, serverBuffer);
        await client.SendBytesAsync("AMQP\0\0\x09\x01"u8.ToArray());
        await client.ExpectAsync<ConnectionStart>();
        await client.SendAsync(0, new ConnectionStartOk(
            Talk.ClientProperties, "PLAIN", "\0guest\0guest"u8.ToArray(), "en_US"));
        ConnectionTune tune = await client.ExpectAsync<ConnectionTune>();
        // Pipelined, as some clients do it.
        client.Queue(0, new ConnectionTuneOk(tune.ChannelMax, tune.FrameMax, heartbeat));
        client.Queue(0, new ConnectionOpen("/"));
        client.Queue(1, default(ChannelOpen));
        await client.Output.FlushAsync();
        await client.ExpectAsync<ConnectionOpenOk>();
        await client.ExpectAsync<ChannelOpenOk>(1);
        return client;
    }

    public void Queue<T>(ushort channel, in T method)
        where T : struct, IAmqpMethod<T> => new AmqpWriter(Output).Method(channel, method);

    public async Task SendAsync<T>(ushort channel, T method)
        where T : struct, IAmqpMethod<T>
    {
        Queue(channel, method);
        await Output.FlushAsync();
    }

    public void QueuePublish(string exchange, string key, byte[] body)
    {
        Queue(1, new BasicPublish(exchange, key, false, false));
        new AmqpWriter(Output).Content(1, [0, 0], new ReadOnlySequence<byte>(body), 131_072);
    }

    public async Task SendBytesAsync(byte[] bytes) => await Output.WriteAsync(bytes);

    public async Task<SentFrame> ReadAsync()
    {
        while (true)
        {
            ReadResult result = await _toClient.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            ReadOnlySequence<byte> input = result.Buffer;
            if (AmqpReader.TryReadFrame(ref input, 200_000_000, out AmqpFrame frame))
            {
                var sent = SentFrame.From(frame);
                _toClient.Reader.AdvanceTo(input.Start);
                return sent;
            }
            _toClient.Reader.AdvanceTo(input.Start, input.End);
            Assert.False(result.IsCompleted, "the server closed");
        }
    }

    public async Task<T> ExpectAsync<T>(ushort channel = 0)
        where T : struct, IAmqpMethod<T>
    {
        SentFrame frame = await ReadAsync();
        Assert.Equal(channel, frame.Channel);
        return frame.Read<T>();
    }

    public async Task<byte[]> ExpectBodyAsync()
    {
        SentFrame header = await ReadAsync();
        var body = new List<byte>();
        while ((ulong)body.Count < AmqpContentHeader.Read(header.Payload).BodyBytes)
            body.AddRange((await ReadAsync()).Payload);
        return [.. body];
    }

    /// <summary>All bytes up to the end of the connection, which the server makes.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        await Served.WaitAsync(Patience);
        await _toClient.Writer.CompleteAsync();
        using var all = new MemoryStream();
        await _toClient.Reader.CopyToAsync(all);
        return all.ToArray();
    }

    public Task EndedAsync() => Served.WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _toClient.Reader.CompleteAsync();
        // The context is left alone: it may still be aborting on another thread.
        await Served.WaitAsync(Patience);
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
