using System.Collections.Concurrent;
using System.Threading.Channels;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>What a connection was told, to be awaited.</summary>
internal sealed class RecordingSink : ISubscriberSink, IGroupMemberSink
{
    private readonly Channel<Delivery> _delivered = Channel.CreateUnbounded<Delivery>();
    private readonly Channel<(StoredMessage Message, string? ShareGroup, string? Pattern)> _heard =
        Channel.CreateUnbounded<(StoredMessage, string?, string?)>();
    private readonly Channel<int> _cancelled = Channel.CreateUnbounded<int>();
    private readonly Channel<string> _takenOver = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _groups = Channel.CreateUnbounded<string>();
    private readonly Channel<string?> _blocked = Channel.CreateUnbounded<string?>();
    private readonly TaskCompletionSource<string> _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<PublishOutcome>> _published = new();

    public Task<string> Closing => _closing.Task.WaitAsync(TestNode.Patience);

    public int DeliveredCount => _delivered.Reader.Count;

    public async Task<PublishOutcome> PublishedAsync(ulong tag) => await Outcome(tag).Task.WaitAsync(TestNode.Patience);

    public bool IsPublished(ulong tag) => Outcome(tag).Task.IsCompleted;

    public async Task<Delivery> DeliveredAsync()
    {
        using var patience = new CancellationTokenSource(TestNode.Patience);
        return await _delivered.Reader.ReadAsync(patience.Token);
    }

    public int HeardCount => _heard.Reader.Count;

    public async Task<(StoredMessage Message, string? ShareGroup, string? Pattern)> HeardAsync()
    {
        using var patience = new CancellationTokenSource(TestNode.Patience);
        return await _heard.Reader.ReadAsync(patience.Token);
    }

    /// <summary>The next word on holding back; null: publishing goes on.</summary>
    public async Task<string?> BlockedAsync()
    {
        using var patience = new CancellationTokenSource(TestNode.Patience);
        return await _blocked.Reader.ReadAsync(patience.Token);
    }

    public async Task<int> CancelledAsync()
    {
        using var patience = new CancellationTokenSource(TestNode.Patience);
        return await _cancelled.Reader.ReadAsync(patience.Token);
    }

    /// <summary>Name of a session that another connection took over.</summary>
    public async Task<string> TakenOverAsync()
    {
        using var patience = new CancellationTokenSource(TestNode.Patience);
        return await _takenOver.Reader.ReadAsync(patience.Token);
    }

    public int TakenOverCount => _takenOver.Reader.Count;

    void ISubscriberSink.TakenOver(string session) => _takenOver.Writer.TryWrite(session);

    /// <summary>The next consumer group that has changed.</summary>
    public async Task<string> GroupChangedAsync()
    {
        using var patience = new CancellationTokenSource(TestNode.Patience);
        return await _groups.Reader.ReadAsync(patience.Token);
    }

    public int GroupChanges => _groups.Reader.Count;

    void IGroupMemberSink.GroupChanged(string group) => _groups.Writer.TryWrite(group);

    void IConnectionSink.Published(ulong tag, PublishOutcome outcome)
    {
        if (!Outcome(tag).TrySetResult(outcome))
            throw new InvariantException($"tag {tag} was answered twice");
    }

    void IConnectionSink.Delivered(Delivery delivery) => _delivered.Writer.TryWrite(delivery);

    void ISubscriberSink.Heard(StoredMessage message, string? shareGroup, string? pattern) =>
        _heard.Writer.TryWrite((message, shareGroup, pattern));

    void IConnectionSink.Cancelled(int consumer) => _cancelled.Writer.TryWrite(consumer);

    void IConnectionSink.Flush()
    {
        // Everything is seen at once.
    }

    void IConnectionSink.Blocked(string? reason) => _blocked.Writer.TryWrite(reason);

    void IConnectionSink.Closing(string reason) => _closing.TrySetResult(reason);

    private TaskCompletionSource<PublishOutcome> Outcome(ulong tag) =>
        _published.GetOrAdd(tag, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
