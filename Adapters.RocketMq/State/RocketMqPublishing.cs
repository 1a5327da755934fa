using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Publishes of one connection that wait for the core's word.</summary>
internal sealed class RocketMqPublishing(RocketMqLink link)
{
    private readonly Dictionary<ulong, IRocketMqPublishWaiter> _waiting = [];
    private ulong _last;

    /// <summary>Publishes so far; after each one the loop waits for room.</summary>
    public long Count { get; private set; }

    /// <summary>Hands a publication over at once; the task is done in a turn of the loop, when a majority has
    /// it on disk or it failed.</summary>
    public Task<PublishOutcome> PublishAsync(in Publication publication)
    {
        var waiting = new RocketMqPublishTask();
        Publish(publication, waiting);
        return waiting.Task;
    }

    /// <summary>The same, for one who is told.</summary>
    public void Publish(in Publication publication, IRocketMqPublishWaiter waiter)
    {
        ulong tag = ++_last;
        Count++;
        _waiting.Add(tag, waiter);
        Reply reply;
        try
        {
            reply = link.Broker.Publish(publication, tag) switch
            {
                PublishAdmission.Accepted => Reply.Ok,
                PublishAdmission.TooLarge => Reply.TooLarge,
                PublishAdmission.Full => Reply.Full,
                _ => Reply.Gone,
            };
        }
        catch
        {
            // Whoever waits hears of it now, and not again by an answer to what was handed over before.
            _waiting.Remove(tag);
            throw;
        }
        if (reply != Reply.Ok)
            Published(tag, new PublishOutcome(reply, -1));
    }

    public void Published(ulong tag, PublishOutcome outcome)
    {
        if (_waiting.Remove(tag, out IRocketMqPublishWaiter? waiter))
            waiter.Published(outcome);
    }
}
