using System.Net;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;

/// <summary>The core at this project's edge: queues in memory, one namespace, time by hand.</summary>
public sealed class FakeBroker(ManualTime time) : IBroker
{
    public static readonly NamespaceId Namespace = new(1);

    public static readonly TopicInfo DefaultTopic =
        new(new TopicId(1), Namespace, "", TopicKind.Default, true, false, false, true, default);

    private readonly List<TaskCompletionSource> _waiting = [];
    private TaskCompletionSource _polled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Lock Gate { get; } = new();

    public ManualTime Time => time;

    public List<FakeQueue> Queues { get; } = [];

    public List<TopicInfo> Topics { get; } = [];

    public List<BindingInfo> Bindings { get; } = [];

    public List<FakeConnection> Connections { get; } = [];

    public FakeIdentity User { get; } = new("alice");

    public Dictionary<string, AccessKey> Keys { get; } = [];

    public bool IsReady { get; set; } = true;

    public LimitOptions Limits { get; set; } = new();

    /// <summary>What the core answers instead of doing as it is asked.</summary>
    public Reply Fault { get; set; } = Reply.Ok;

    /// <summary>What every publish is told at once; null = it is stored.</summary>
    public PublishAdmission? Admission { get; set; }

    /// <summary>The outcome of each publish by its number from 1; null = stored.</summary>
    public Func<int, Reply>? PublishReply { get; set; }

    /// <summary>Thrown by every receive.</summary>
    public Exception? Bug { get; set; }

    public List<Publication> Published { get; } = [];

    /// <summary>Waits that clients gave up.</summary>
    public TaskCompletionSource GaveUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IPropertyReader? PropertyReader(PropertyFormat format) => null;

    public ValueTask<Identity?> LogInAsync(
        string userName, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation) =>
        throw new NotSupportedException("Signed requests do not log in.");

    public Identity? FindUser(string userName) => throw new NotSupportedException("Strangers act as an access key.");

    public AccessKey? FindAccessKey(string secretId) => Keys.GetValueOrDefault(secretId);

    public NamespaceId? FindNamespace(string name) => name == "/" ? Namespace : null;

    public string NamespaceName(NamespaceId ns) => "/";

    public IReadOnlyList<GroupLeader> ListGroups(string service) => [];

    public void Advertise(string service, string address) =>
        throw new NotSupportedException("The adapter advertises nothing.");

    public void WatchLost(ILostClients watcher) => throw new NotSupportedException("The adapter has no presence.");

    public IBrokerConnection Connect(ConnectionOptions options)
    {
        var connection = new FakeConnection(this, options.Sink);
        lock (Gate)
            Connections.Add(connection);
        return connection;
    }

    public FakeQueue Add(
        string name, QueueSettings? settings = null, bool durable = true, bool exclusive = false)
    {
        lock (Gate)
        {
            var queue = new FakeQueue(new QueueInfo(
                new QueueId(100 + Queues.Count),
                Namespace,
                new GroupId(1),
                name,
                durable,
                AutoDelete: false,
                exclusive ? new ConnectionKey(default, 7) : null,
                settings ?? new QueueSettings(),
                default,
                time.NowMs,
                time.NowMs));
            Queues.Add(queue);
            return queue;
        }
    }

    /// <summary>The first queue that gets it. Of patterns only <c>#</c> is known here; Core.Tests has the rest.</summary>
    public FakeQueue? Route(Publication message)
    {
        if (message.Topic.Name.Length == 0)
            return Queues.Find(q => q.Info.Name == message.RoutingKey);
        string[] keys = [message.RoutingKey, .. message.HiddenKeys ?? []];
        BindingInfo? hit = Bindings.Find(binding =>
            binding.Source == message.Topic.Id && (binding.Key == "#" || keys.Contains(binding.Key)));
        return hit is null ? null : Find(hit.TargetQueue!.Value);
    }

    public FakeQueue? Find(QueueId id) => Queues.Find(q => q.Info.Id == id);

    /// <summary>Done when a receive has begun to wait since the last call.</summary>
    public async Task PollStarted()
    {
        Task polled;
        lock (Gate)
            polled = _polled.Task;
        await polled;
        lock (Gate)
            _polled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets every wait end, as its deadline or a message would.</summary>
    public void WakeWaits()
    {
        lock (Gate)
        {
            _waiting.ForEach(w => w.TrySetResult());
            _waiting.Clear();
        }
    }

    public Task Wait()
    {
        var wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            _waiting.Add(wait);
            _polled.TrySetResult();
        }

        return wait.Task;
    }
}
