using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Publishes of one connection that wait for the core's word.</summary>
internal sealed class RocketMqPublishing(RocketMqLink link)
{
    private readonly Dictionary<ulong, TaskCompletionSource<PublishOutcome>> _waiting = [];
    private ulong _last;

    /// <summary>Publishes so far; after each one the loop waits for room.</summary>
    public long Count { get; private set; }

    /// <summary>Hands a publication over at once; the task is done in a turn of the loop, when a majority has
    /// it on disk or it failed.</summary>
    public Task<PublishOutcome> PublishAsync(in Publication publication)
    {
        ulong tag = ++_last;
        Count++;
        var waiting = new TaskCompletionSource<PublishOutcome>();
        _waiting.Add(tag, waiting);
        Reply reply = link.Broker.Publish(publication, tag) switch
        {
            PublishAdmission.Accepted => Reply.Ok,
            PublishAdmission.TooLarge => Reply.TooLarge,
            PublishAdmission.Full => Reply.Full,
            _ => Reply.Gone,
        };
        if (reply != Reply.Ok)
            Published(tag, new PublishOutcome(reply, -1));
        return waiting.Task;
    }

    public void Published(ulong tag, PublishOutcome outcome)
    {
        if (_waiting.Remove(tag, out TaskCompletionSource<PublishOutcome>? waiting))
            waiting.SetResult(outcome);
    }
}
