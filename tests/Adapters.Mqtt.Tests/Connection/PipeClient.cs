using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Connection;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Connection;

/// <summary>A client at the other end of a connection handler, over pipes.</summary>
internal sealed class PipeClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new(new PipeOptions(useSynchronizationContext: false));
    private readonly MqttConnection _handler;

    public PipeClient(FakeBroker? broker = null, MqttOptions? options = null)
    {
        Broker = broker ?? new FakeBroker();
        var context = new DefaultConnectionContext("test")
        {
            Transport = new DuplexPipe(_toServer.Reader, _toClient.Writer),
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 4_711),
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 1_883),
        };
        _handler = new MqttConnection(
            Broker, options ?? new MqttOptions { Presence = false }, Time, NullLoggerFactory.Instance);
        Served = Task.Run(() => _handler.OnConnectedAsync(context));
    }

    public FakeBroker Broker { get; }

    public FakeBrokerConnection Link => Broker.Connections[^1];

    public ManualTime Time { get; } = new();

    public Task Served { get; }

    public PipeWriter Output => _toServer.Writer;

    public static async Task<PipeClient> OpenAsync(
        FakeBroker? broker = null, MqttOptions? options = null, string clientId = "c")
    {
        var client = new PipeClient(broker, options);
        await client.SendAsync(Packets.Bytes(Talk.Connect(MqttVersion.V5, clientId)));
        Assert.Equal(MqttReason.Success, (await client.ExpectAsync<MqttConnAck>()).Reason);
        return client;
    }

    public async Task SendAsync(byte[] bytes) => await Output.WriteAsync(bytes);

    public async Task<T> ExpectAsync<T>()
        where T : struct, IMqttPacket<T> => T.Read(await ReadAsync(), MqttVersion.V5);

    public async Task<MqttFrame> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            ReadResult result = await _toClient.Reader.ReadAsync(patience.Token);
            ReadOnlySequence<byte> input = result.Buffer;
            if (MqttReader.TryRead(ref input, int.MaxValue, MqttVersion.V5, out MqttFrame frame))
            {
                var copy = new MqttFrame(frame.Type, frame.Flags, new ReadOnlySequence<byte>(frame.Body.ToArray()));
                _toClient.Reader.AdvanceTo(input.Start);
                return copy;
            }
            Assert.False(result.IsCompleted, "the server closed");
            _toClient.Reader.AdvanceTo(input.Start, input.End);
        }
    }

    public Task EndedAsync() => Served.WaitAsync(Patience);

    /// <summary>Moves the clock until the server has ended; only what is due at last ends it.</summary>
    public async Task EndedByTimeAsync(int milliseconds)
    {
        // The loop may still be on its way to set its alarm.
        while (await Task.WhenAny(Served, Time.ArmedAsync()).WaitAsync(Patience) != Served)
            Time.Advance(milliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        await Output.CompleteAsync();
        await EndedAsync();
        await _toClient.Reader.CompleteAsync();
        await _handler.DisposeAsync();
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
