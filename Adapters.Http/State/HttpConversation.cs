using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>One request: what may be done, and its answer.</summary>
/// <param name="session">The core as the key's user sees it.</param>
/// <param name="key">Whose request it is.</param>
/// <param name="polls">Limits the receives that wait.</param>
/// <param name="options">Limits.</param>
/// <param name="maxMessageBytes">The broker's largest message, bytes.</param>
/// <param name="nowMs">When the request was read, Unix ms.</param>
public sealed class HttpConversation(
    IHttpSession session,
    AccessKey key,
    HttpPollGauge polls,
    HttpOptions options,
    int maxMessageBytes,
    long nowMs)
{
    private readonly HttpQueueRegister _register = new(session, key, options);
    private readonly int _maxMessageBytes = Math.Min(maxMessageBytes, options.MaxMessageBytes);

    private HttpTopicRegister Topics => field ??= new HttpTopicRegister(session, key, _maxMessageBytes, nowMs);

    private HttpSubscriptionRegister Subscriptions =>
        field ??= new HttpSubscriptionRegister(session, key, Topics, _register, options, nowMs);

    /// <exception cref="HttpProtocolException">The answer is an error.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public ValueTask<HttpAnswer> RunAsync(HttpAction action, CancellationToken cancellation) => action switch
    {
        HttpAction.CreateQueue create => _register.CreateAsync(create, cancellation),
        HttpAction.ListQueue list => ValueTask.FromResult(_register.List(list)),
        HttpAction.SetQueueAttributes set => _register.ChangeAsync(set, _maxMessageBytes, cancellation),
        HttpAction.GetQueueAttributes get => GetAttributesAsync(get, cancellation),
        HttpAction.DeleteQueue delete => DeleteAsync(delete, cancellation),
        HttpAction.ClearQueue clear => ClearAsync(clear, cancellation),
        HttpAction.RewindQueue rewind => RewindAsync(rewind, cancellation),
        HttpAction.SendMessage send => SendAsync(send, cancellation),
        HttpAction.BatchSendMessage send => BatchSendAsync(send, cancellation),
        HttpAction.ReceiveMessage receive => ReceiveAsync(receive, cancellation),
        HttpAction.BatchReceiveMessage receive => BatchReceiveAsync(receive, cancellation),
        HttpAction.DeleteMessage delete => DeleteMessageAsync(delete, cancellation),
        HttpAction.BatchDeleteMessage delete => BatchDeleteMessageAsync(delete, cancellation),
        HttpAction.CreateTopic create => Topics.CreateAsync(create, cancellation),
        HttpAction.SetTopicAttributes set => Topics.ChangeAsync(set, cancellation),
        HttpAction.GetTopicAttributes get => ValueTask.FromResult(Topics.Show(get)),
        HttpAction.DeleteTopic delete => Topics.DeleteAsync(delete, cancellation),
        HttpAction.ListTopic list => ValueTask.FromResult(Topics.List(list)),
        HttpAction.PublishMessage publish => PublishAsync(publish, cancellation),
        HttpAction.BatchPublishMessage publish => BatchPublishAsync(publish, cancellation),
        HttpAction.Subscribe subscribe => Subscriptions.SubscribeAsync(subscribe, cancellation),
        HttpAction.Unsubscribe unsubscribe => Subscriptions.UnsubscribeAsync(unsubscribe, cancellation),
        HttpAction.ListSubscriptionByTopic list => ValueTask.FromResult(Subscriptions.List(list)),
        HttpAction.GetSubscriptionAttributes get => ValueTask.FromResult(Subscriptions.Show(get)),
        HttpAction.SetSubscriptionAttributes set => Subscriptions.ChangeAsync(set, cancellation),
        HttpAction.ClearSubscriptionFilterTags clear => Subscriptions.ClearTagsAsync(clear, cancellation),
        _ => throw new UnreachableException(),
    };

    private async ValueTask<HttpAnswer> GetAttributesAsync(
        HttpAction.GetQueueAttributes get, CancellationToken cancellation)
    {
        QueueInfo queue = _register.Find(get.QueueName, Access.Read);
        (Reply reply, QueueStatus status) = await session.GetStatusAsync(queue.Id, cancellation);
        HttpErrors.ThrowIfFailed(reply);
        return new HttpAnswer.QueueAttributesShown(
            HttpMapping.Attributes(queue.Settings, _maxMessageBytes),
            queue.CreatedMs / 1_000,
            queue.ChangedMs / 1_000,
            status.Ready,
            status.Held,
            status.Delayed,
            status.Rewindable,
            status.OldestMs / 1_000);
    }

    private async ValueTask<HttpAnswer> DeleteAsync(
        HttpAction.DeleteQueue delete, CancellationToken cancellation)
    {
        QueueInfo queue = _register.Find(delete.QueueName, Access.Configure);
        HttpErrors.ThrowIfFailed(await session.DeleteQueueAsync(queue.Id, cancellation));
        return new HttpAnswer.Done();
    }

    private async ValueTask<HttpAnswer> ClearAsync(
        HttpAction.ClearQueue clear, CancellationToken cancellation)
    {
        QueueInfo queue = _register.Find(clear.QueueName, Access.Read);
        HttpErrors.ThrowIfFailed(await session.PurgeAsync(queue.Id, cancellation));
        return new HttpAnswer.Done();
    }

    private async ValueTask<HttpAnswer> RewindAsync(
        HttpAction.RewindQueue rewind, CancellationToken cancellation)
    {
        QueueInfo queue = _register.Find(rewind.QueueName, Access.Read);
        HttpErrors.ThrowIfFailed(
            await session.RewindAsync(queue.Id, rewind.StartConsumeTime * 1_000, cancellation));
        return new HttpAnswer.Done();
    }

    private async ValueTask<HttpAnswer> SendAsync(HttpAction.SendMessage send, CancellationToken cancellation)
    {
        IReadOnlyList<string> msgIds =
            await PublishAsync(send.QueueName, [send.MsgBody], send.DelaySeconds, cancellation);
        return new HttpAnswer.MessageSent(msgIds[0]);
    }

    private async ValueTask<HttpAnswer> BatchSendAsync(
        HttpAction.BatchSendMessage send, CancellationToken cancellation)
    {
        if (send.MsgBodies.Sum(body => (long)body.Length) > _maxMessageBytes)
            throw new HttpProtocolException(HttpError.BatchTooLarge);
        return new HttpAnswer.MessagesSent(
            await PublishAsync(send.QueueName, send.MsgBodies, send.DelaySeconds, cancellation));
    }

    private async ValueTask<IReadOnlyList<string>> PublishAsync(
        string queueName,
        IReadOnlyList<ReadOnlyMemory<byte>> bodies,
        int delaySeconds,
        CancellationToken cancellation)
    {
        QueueInfo queue = _register.Find(queueName, Access.Write);
        int largest = Math.Min(queue.Settings.MaxMessageBytes ?? _maxMessageBytes, _maxMessageBytes);
        if (bodies.Any(body => body.Length > largest))
            throw new HttpProtocolException(HttpError.MessageTooLarge);

        // The default topic is made with its namespace: without it the namespace is gone.
        TopicInfo topic = session.DefaultTopic ?? throw new HttpProtocolException(HttpError.IllegalAccount);
        byte[] properties = HttpPropertyBlock.Write(new HttpProperties(nowMs, []));
        List<Publication> publications = [.. bodies.Select(body => new Publication
        {
            Topic = topic,
            RoutingKey = queue.Name,
            Format = PropertyFormat.Http,
            Properties = properties,
            Body = new(body),
            DelayMs = delaySeconds * 1_000L,
            Persistent = true,
        })];

        IReadOnlyList<PublishOutcome> outcomes = await session.PublishAsync(publications, cancellation);
        foreach (PublishOutcome outcome in outcomes)
            HttpErrors.ThrowIfFailed(outcome.Reply);
        return [.. outcomes.Select(outcome => HttpMapping.MsgId(outcome.Sequence))];
    }

    private async ValueTask<HttpAnswer> PublishAsync(
        HttpAction.PublishMessage publish, CancellationToken cancellation) =>
        new HttpAnswer.MessageSent((await Topics.PublishAsync(
            publish.TopicName, [publish.MsgBody], publish.MsgTags, publish.RoutingKey, cancellation))[0]);

    private async ValueTask<HttpAnswer> BatchPublishAsync(
        HttpAction.BatchPublishMessage publish, CancellationToken cancellation) =>
        new HttpAnswer.MessagesSent(await Topics.PublishAsync(
            publish.TopicName, publish.MsgBodies, publish.MsgTags, publish.RoutingKey, cancellation));

    private async ValueTask<HttpAnswer> ReceiveAsync(
        HttpAction.ReceiveMessage receive, CancellationToken cancellation)
    {
        IReadOnlyList<Delivery> deliveries =
            await CheckOutAsync(receive.QueueName, 1, receive.PollingWaitSeconds, cancellation);
        return new HttpAnswer.MessageReceived(HttpMapping.Received(deliveries[0]));
    }

    private async ValueTask<HttpAnswer> BatchReceiveAsync(
        HttpAction.BatchReceiveMessage receive, CancellationToken cancellation)
    {
        IReadOnlyList<Delivery> deliveries =
            await CheckOutAsync(
                receive.QueueName, receive.NumOfMsg, receive.PollingWaitSeconds, cancellation);
        return new HttpAnswer.MessagesReceived([.. deliveries.Select(HttpMapping.Received)]);
    }

    /// <returns>At least one message.</returns>
    private async ValueTask<IReadOnlyList<Delivery>> CheckOutAsync(
        string queueName, int max, int? pollingWaitSeconds, CancellationToken cancellation)
    {
        QueueInfo queue = _register.Find(queueName, Access.Read);
        int waitMs = pollingWaitSeconds * 1_000 ?? queue.Settings.PollingWaitMs;
        bool waits = waitMs > 0;
        if (waits && !polls.TryEnter())
            throw new HttpProtocolException(HttpError.SlowDown);

        try
        {
            (Reply reply, IReadOnlyList<Delivery> deliveries) =
                await session.ReceiveAsync(queue.Id, max, waitMs, cancellation);
            HttpErrors.ThrowIfFailed(reply);
            return deliveries.Count > 0 ? deliveries : throw new HttpProtocolException(HttpError.NoMessage);
        }
        finally
        {
            if (waits)
                polls.Leave();
        }
    }

    private async ValueTask<HttpAnswer> DeleteMessageAsync(
        HttpAction.DeleteMessage delete, CancellationToken cancellation)
    {
        QueueInfo queue = _register.Find(delete.QueueName, Access.Read);
        if (delete.Handle.Number is not { } number)
            throw new HttpProtocolException(HttpError.MalformedReceipt);

        (Reply reply, IReadOnlyList<Reply> each) =
            await session.SettleReceiptsAsync(queue.Id, [number], cancellation);
        HttpErrors.ThrowIfFailed(reply);
        HttpErrors.ThrowIfFailed(each[0]);
        return new HttpAnswer.Done();
    }

    private async ValueTask<HttpAnswer> BatchDeleteMessageAsync(
        HttpAction.BatchDeleteMessage delete, CancellationToken cancellation)
    {
        QueueInfo queue = _register.Find(delete.QueueName, Access.Read);
        List<HttpAnswer.FailedDelete> failures =
        [
            .. delete.Handles
                .Where(handle => handle.Number is null)
                .Select(handle => new HttpAnswer.FailedDelete(HttpError.MalformedReceipt, handle.Text)),
        ];

        ReceiptHandle[] wellFormed = [.. delete.Handles.Where(handle => handle.Number is not null)];
        if (wellFormed.Length > 0)
        {
            long[] numbers = [.. wellFormed.Select(handle => handle.Number!.Value)];
            (Reply reply, IReadOnlyList<Reply> each) =
                await session.SettleReceiptsAsync(queue.Id, numbers, cancellation);
            HttpErrors.ThrowIfFailed(reply);
            failures.AddRange(wellFormed.Zip(each)
                .Where(pair => pair.Second != Reply.Ok)
                .Select(pair => new HttpAnswer.FailedDelete(HttpErrors.From(pair.Second), pair.First.Text)));
        }

        if (failures.Count == 0)
            return new HttpAnswer.Done();
        bool all = failures.Count == delete.Handles.Count;
        return new HttpAnswer.Failed(
            all ? HttpError.BatchDeleteFailed : HttpError.DeletePartiallyFailed, failures);
    }
}
