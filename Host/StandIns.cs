// STAND-INS, to be deleted when the core's node and the AMQP adapter are merged: they let the host be built and tested
// before those exist. Nothing else in Host refers to this file.
#pragma warning disable CA1822, IDE0060, CS9113
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster
{
    public sealed class BrokerNode : IAsyncDisposable
    {
        private readonly FileStream _lock;

        private BrokerNode(NodeOptions options)
        {
            try
            {
                Directory.CreateDirectory(options.DataDirectory);
                _lock = new FileStream(Path.Combine(options.DataDirectory, "lock"), FileMode.OpenOrCreate,
                    FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException failure)
            {
                throw new Storage.LogStoreException($"{options.DataDirectory} is in use by another process", failure);
            }
        }

        public IBroker Broker => null!;

        public bool IsLive => true;

        public bool IsReady => true;

        public Task Failed { get; } = new TaskCompletionSource().Task;

        public SeedAccessKey? NewAccessKey => null;

        public static Task<BrokerNode> StartAsync(
            NodeOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken stop) =>
            Task.FromResult(new BrokerNode(options));

        public Task WhenReadyAsync(CancellationToken stop) => Task.CompletedTask;

        public Task HandlePeerAsync(ConnectionContext connection) => Task.CompletedTask;

        public ValueTask DisposeAsync() => _lock.DisposeAsync();
    }
}

namespace Cmq.MultiProtocol.Adapters.Amqp
{
    public sealed record AmqpOptions
    {
        public int FrameMax { get; init; } = 131_072;
        public ushort ChannelMax { get; init; } = 2_047;
        public ushort HeartbeatSeconds { get; init; } = 60;
        public int HandshakeTimeoutMs { get; init; } = 10_000;
        public int MaxUnsentBytes { get; init; } = 1024 * 1024;
        public long MaxPartialBytes { get; init; } = 128L * 1024 * 1024;
        public int MaxUnconfirmed { get; init; } = 65_536;
        public int DeliveryWindow { get; init; } = 1_000;
    }
}

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec
{
    public sealed class AmqpPropertyReader : IPropertyReader
    {
        public PropertyFormat Format => PropertyFormat.Amqp;

        public MessageProperties Read(ReadOnlyMemory<byte> properties) => throw new NotSupportedException();

        public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) => throw new NotSupportedException();
    }
}

namespace Cmq.MultiProtocol.Adapters.Amqp.Connection
{
    public sealed class AmqpConnection(IBroker broker, AmqpOptions options, TimeProvider time, ILogger<AmqpConnection> log)
        : ConnectionHandler
    {
        public override Task OnConnectedAsync(ConnectionContext connection) => Task.CompletedTask;
    }
}
