using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Connection;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;
using Cmq.MultiProtocol.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Connection;

/// <summary>A client at the other end of a connection handler, over pipes.</summary>
internal sealed class PipeClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();

    public PipeClient(RocketMqDoor door)
    {
        var context = new DefaultConnectionContext("test")
        {
            Transport = new DuplexPipe(_toServer.Reader, _toClient.Writer),
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 4_711),
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 10_911),
        };
        var handler = new RocketMqConnection(door, Time, NullLogger<RocketMqConnection>.Instance);
        Served = Task.Run(() => handler.OnBrokerAsync(context, new GroupId(1)));
    }

    public ManualTime Time { get; } = new();

    /// <summary>Done when the server has ended the connection.</summary>
    public Task Served { get; }

    public async Task SendAsync(RocketMqCommand command) => await SendAsync(Frames.Write(command));

    public async Task SendAsync(byte[] bytes) => await _toServer.Writer.WriteAsync(bytes);

    public Task SendAsync(RocketMqRequestCode code, int opaque, IRocketMqHeader header) =>
        SendAsync(new RocketMqCommand((int)code, opaque, 0) { Fields = RocketMqFields.Of(header) });

    /// <summary>The next frame of the server's.</summary>
    public async Task<RocketMqCommand> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            ReadResult result = await _toClient.Reader.ReadAsync(patience.Token);
            ReadOnlySequence<byte> input = result.Buffer;
            bool found = RocketMqReader.TryRead(
                ref input, Frames.MaxFrameBytes, Frames.MaxHeaderBytes, out RocketMqCommand? command);
            _toClient.Reader.AdvanceTo(input.Start, found ? input.Start : result.Buffer.End);
            if (found)
                return command!;
            Assert.False(result.IsCompleted, "the server closed the connection");
        }
    }

    public Task EndedAsync() => Served.WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await EndedAsync();
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
