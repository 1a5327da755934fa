using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A real node on a directory of its own.</summary>
internal sealed class TestNode(BrokerNode node) : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public BrokerNode Node => node;

    public static async Task<TestNode> StartAsync(
        TemporaryDirectory directory,
        Func<NodeOptions, NodeOptions>? change = null,
        bool ready = true,
        TimeProvider? time = null)
    {
        var options = new NodeOptions { DataDirectory = directory.Path, DataGroups = 2, SegmentBits = 24 };
        BrokerNode node = await BrokerNode.StartAsync(
            change?.Invoke(options) ?? options,
            time ?? TimeProvider.System,
            NullLoggerFactory.Instance,
            CancellationToken.None);
        if (ready)
            await ReadyAsync(node);
        return new TestNode(node);
    }

    /// <summary>Waits for what the product has no event for.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await isSo())
            await Task.Delay(10, patience.Token);
    }

    public static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    public TestClient Connect(string user = "guest") => new(node, user);

    public Task ReadyAsync() => ReadyAsync(node);

    public ValueTask DisposeAsync() => node.DisposeAsync();

    private static async Task ReadyAsync(BrokerNode node)
    {
        Task ready = node.WhenReadyAsync(CancellationToken.None);
        if (await Task.WhenAny(ready, node.Failed).WaitAsync(Patience) == node.Failed)
            await node.Failed;
    }
}
