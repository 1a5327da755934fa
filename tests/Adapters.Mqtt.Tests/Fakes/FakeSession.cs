using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;

/// <summary>A session's record, and the door of whoever opened it last.</summary>
internal sealed class FakeSession(FakeBroker broker, string name, string user)
{
    public long Id { get; } = broker.NextId();

    public string Name => name;

    public string User => user;

    public FakeBrokerConnection? Owner { get; set; }

    public Publication? Will { get; set; }

    public long? ExpiryMs { get; set; }

    public long WillDelayMs { get; set; }

    public SessionEnd? End { get; set; }

    public Dictionary<string, ReadOnlyMemory<byte>> Subscriptions { get; } = [];

    public Dictionary<int, long> Inbound { get; } = [];

    public List<long> Released { get; } = [];

    public long LastNumber { get; set; }

    /// <summary>What was said of the client that is there; null: none is.</summary>
    public byte[]? Card { get; private set; }

    private FakeBrokerConnection? There { get; set; }

    private TaskCompletionSource Left { get; set; } = new();

    public ISession Open(FakeBrokerConnection owner, bool isPresent) => new Door(this, owner, isPresent);

    private async ValueTask<bool> AppearAsync(
        FakeBrokerConnection owner, byte[] card, CancellationToken cancellation)
    {
        while (There is not null)
            await Left.Task.WaitAsync(cancellation);
        (There, Card) = (owner, card);
        return true;
    }

    private void Disappear(FakeBrokerConnection owner)
    {
        if (There != owner)
            return;
        (There, Card) = (null, null);
        TaskCompletionSource left = Left;
        Left = new TaskCompletionSource();
        left.SetResult();
    }

    private sealed class Door(FakeSession session, FakeBrokerConnection owner, bool isPresent) : ISession
    {
        public bool IsPresent => isPresent;

        public long Id => session.Id;

        public long Epoch => owner.Key.Number;

        public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Subscriptions { get; } =
            [.. session.Subscriptions];

        public IReadOnlyList<KeyValuePair<int, long>> Inbound { get; } = [.. session.Inbound];

        public IReadOnlyList<long> Released { get; } = [.. session.Released];

        public ValueTask<Reply> PutSubscriptionAsync(
            string filter, ReadOnlyMemory<byte> options, CancellationToken cancellation) =>
            Do(() => session.Subscriptions[filter] = options, cancellation);

        public ValueTask<Reply> RemoveSubscriptionAsync(string filter, CancellationToken cancellation) =>
            Do(() => session.Subscriptions.Remove(filter), cancellation);

        public async ValueTask<(Reply Reply, long Number)> RecordInboundAsync(int id, CancellationToken cancellation)
        {
            Reply reply = await Do(() => session.Inbound.TryAdd(id, session.LastNumber + 1), cancellation);
            if (reply != Reply.Ok)
                return (reply, 0);
            session.LastNumber = Math.Max(session.LastNumber, session.Inbound[id]);
            return (Reply.Ok, session.Inbound[id]);
        }

        public ValueTask<Reply> ForgetInboundAsync(int id, CancellationToken cancellation) =>
            Do(() => session.Inbound.Remove(id), cancellation);

        public ValueTask<Reply> RecordReleasedAsync(long number, CancellationToken cancellation) =>
            Do(() => session.Released.Add(number), cancellation);

        public void ForgetReleased(long number) => session.Released.Remove(number);

        public ValueTask<bool> AppearAsync(ReadOnlyMemory<byte> card, CancellationToken cancellation) =>
            session.AppearAsync(owner, card.ToArray(), cancellation);

        public void Disappear() => session.Disappear(owner);

        public ValueTask<Reply> CloseAsync(SessionEnd end, CancellationToken cancellation) => Do(() =>
        {
            session.End = end;
            session.Owner = null;
            // One that was opened without expiry gets none by its end.
            session.ExpiryMs = session.ExpiryMs == 0 ? 0 : end.ExpiryMs;
        }, cancellation);

        private async ValueTask<Reply> Do(Action action, CancellationToken cancellation)
        {
            await owner.PassAsync(cancellation);
            if (session.Owner != owner)
                return Reply.Gone;
            action();
            return Reply.Ok;
        }
    }
}
