using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>What nodes ask the leader.</summary>
public sealed partial class QueueDispatcher
{
    private readonly Dictionary<long, PendingDrop> _drops = [];
    private readonly Dictionary<long, PendingDelete> _deletes = [];

    /// <summary>Queues in which gets wait for the delivered mark.</summary>
    private readonly HashSet<QueueView> _getting = [];

    private readonly Dictionary<long, RequestId> _rewinds = [];

    /// <summary>
    /// Takes a request; its answer comes by <see cref="IDispatchOutput.Respond"/>, at once or later.
    /// </summary>
    public void Handle(QueueRequest request, long nowMs)
    {
        _nowMs = nowMs;
        if (request is QueueRequest.Credit credit)
        {
            Grant(credit.Queue, credit.Consumer, credit.Granted, sent: null);
            return;
        }

        if (request is QueueRequest.CancelReceive cancel)
        {
            Cancel(cancel.Id);
            return;
        }

        if (!_views.TryGetValue(request.Queue.Value, out QueueView? view))
        {
            Respond(request.Id, Reply.QueueNotFound);
            return;
        }

        switch (request)
        {
            case QueueRequest.Status status:
                Handle(status, view);
                break;
            case QueueRequest.Get get:
                Handle(get, view);
                break;
            case QueueRequest.Receive receive:
                Handle(receive, view);
                break;
            case QueueRequest.Purge purge:
                Handle(purge, view);
                break;
            case QueueRequest.Delete delete:
                Handle(delete, view);
                break;
            case QueueRequest.Rewind rewind:
                Handle(rewind, view);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void Respond(RequestId request, Reply reply, long count = 0) =>
        _output.Respond(request, new QueueResponse(reply, count));

    private void Handle(QueueRequest.Status request, QueueView view)
    {
        if (request.Touch)
            view.IdleSinceMs = _nowMs;
        // Too old ones are gone for everybody who counts, and those who wait have had theirs.
        PumpQueue(view);
        QueueState state = view.State;
        _output.Respond(request.Id, new QueueResponse(Reply.Ok, view.Ready)
        {
            Status = new QueueStatus(
                view.Ready,
                state.CheckedOut + view.Holds.Count + view.Picked,
                state.Delayed,
                state.ConsumerCount,
                state.Rewindable,
                state.CountsBytes ? view.ReadyBytes : 0,
                state.Unsettled == 0 ? 0 : state.Read(state.FirstUnsettled).TimeMs),
        });
    }

    private void Handle(QueueRequest.Get request, QueueView view)
    {
        view.IdleSinceMs = _nowMs;
        if (view.Gets.Count >= MaxWaitingPerQueue)
        {
            Respond(request.Id, Reply.LimitReached);
            return;
        }

        view.Gets.Enqueue(request);
        PumpQueue(view);
        if (view.Gets.Count > 0)
            _getting.Add(view);
    }

    /// <summary>Nobody waits for their answers any more, and what they would take nobody could give back.</summary>
    private void CancelGets(Func<ConnectionKey, bool> isOver)
    {
        foreach (QueueView view in _getting)
        {
            for (int left = view.Gets.Count; left > 0; left--)
            {
                QueueRequest.Get get = view.Gets.Dequeue();
                if (!isOver(get.Connection))
                    view.Gets.Enqueue(get);
            }
        }

        _getting.RemoveWhere(static view => view.Gets.Count == 0);
    }

    /// <returns>False when it has to wait for the delivered mark.</returns>
    private bool Serve(QueueRequest.Get request, QueueView view, ref DropBatch expired)
    {
        EagerConsumer holder = ConsumerOf(view, new ConsumerKey(request.Connection, 0));
        if (!holder.HasRoom)
        {
            Respond(request.Id, Reply.TooManyHeld);
            return true;
        }

        if (!TryPeekFresh(view, ref expired, wanted: false, out long sequence))
        {
            ForgetIfDone(holder);
            Respond(request.Id, Reply.Ok, view.Ready);
            return true;
        }

        if (sequence >= view.State.DeliveredMark)
        {
            ForgetIfDone(holder);
            EnsureMark(view);
            return false;
        }

        view.Take(sequence);
        HoldBy(view, holder, sequence);
        _output.Respond(request.Id, new QueueResponse(Reply.Ok, view.Ready)
        {
            Messages = [Eager(view, holder.Key, sequence)],
        });
        if (request.AutoSettle)
        {
            var command = new ArrayBufferWriter<byte>();
            QueueCommandWriter.Settle(
                command, view.Id, request.Connection, SettleOutcome.Done, [new SequenceRange(sequence, 1)]);
            Propose(command);
        }

        return true;
    }

    private void Handle(QueueRequest.Purge request, QueueView view)
    {
        var purge = new PendingPurge(request.Id);
        var batch = new DropBatch(this, view, DropReason.Purged, purge);
        while (view.TryPeekReady(out long sequence) && batch.TryAdd(sequence))
        {
            // Hidden at once, dropped when the command is applied.
        }

        batch.Send();
        if (purge.Left == 0)
            Respond(request.Id, Reply.Ok);
    }

    private void Handle(QueueRequest.Delete request, QueueView view)
    {
        // Whoever waits is served before the queue is looked at.
        PumpQueue(view);
        long ready = view.Ready;
        if (request.IfUnused && view.State.ConsumerCount > 0)
        {
            Respond(request.Id, Reply.InUse);
            return;
        }

        if (request.IfEmpty && ready > 0)
        {
            Respond(request.Id, Reply.NotEmpty);
            return;
        }

        long token = _nextToken++;
        _deletes.Add(token, new PendingDelete(request.Id, ready));
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.DeleteQueue(
            command, view.Id, request.IfUnused, request.IfEmpty ? view.State.NextSequence : -1, token);
        Propose(command);
    }

    private void Handle(QueueRequest.Rewind request, QueueView view)
    {
        if (view.Settings.RewindMs <= 0)
        {
            Respond(request.Id, Reply.RewindOff);
            return;
        }

        long token = _nextToken++;
        _rewinds.Add(token, request.Id);
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.Rewind(command, view.Id, request.FromMs, token);
        Propose(command);
    }

    internal void Drop(
        QueueView view, DropReason reason, List<SequenceRange> ranges, long bytes, PendingPurge? purge)
    {
        long token = _nextToken++;
        _drops.Add(token, new PendingDrop(view, ranges, bytes, purge));
        view.DropsInFlight++;
        if (purge is not null)
            purge.Left++;
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.Drop(
            command, view.Id, reason, token, CollectionsMarshal.AsSpan(ranges));
        Propose(command);
    }

    private void EndDrop(long token, long dropped)
    {
        if (!_drops.Remove(token, out PendingDrop? drop))
            return;
        QueueView view = drop.View;
        view.DropsInFlight--;
        view.AwayBytes -= drop.Bytes;
        foreach (SequenceRange range in drop.Ranges)
            view.Away.Remove(range);
        Touch(view);
        if (drop.Purge is not { } purge)
            return;
        purge.Dropped += dropped;
        if (--purge.Left == 0)
            Respond(purge.Request, Reply.Ok, purge.Dropped);
    }

    private void EndRewind(long token)
    {
        if (_rewinds.Remove(token, out RequestId request))
            Respond(request, Reply.Ok);
    }

    private void EndDelete(long token, Reply reply, QueueId queue)
    {
        if (_deletes.Remove(token, out PendingDelete delete))
            Respond(delete.Request, reply, reply == Reply.Ok ? delete.Ready : 0);
        if (reply == Reply.Ok || !_views.TryGetValue(queue.Value, out QueueView? view))
            return;
        if (token == 0)
        {
            view.IdleDeleteInFlight = false;
            view.IdleSinceMs = _nowMs;
        }

        Touch(view);
    }

    private void ForgetRequests()
    {
        _drops.Clear();
        _deletes.Clear();
        _rewinds.Clear();
        _receives.Clear();
        _receivesOf.Clear();
        _getting.Clear();
        _receiveDeadlines.Clear();
    }
}
