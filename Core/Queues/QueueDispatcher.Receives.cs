using System.Buffers;
using System.Runtime.InteropServices;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Strict receives: a line per queue, and check-outs on their way through the log.</summary>
public sealed partial class QueueDispatcher
{
    private readonly Dictionary<RequestId, WaitingReceive> _receives = [];
    private readonly Dictionary<ConnectionKey, HashSet<WaitingReceive>> _receivesOf = [];
    private readonly PriorityQueue<RequestId, long> _receiveDeadlines = new();

    private void Handle(QueueRequest.Receive request, QueueView view)
    {
        view.IdleSinceMs = _nowMs;
        if (_receives.TryGetValue(request.Id, out WaitingReceive? known))
        {
            // Sent again, because its answer took long: it is answered once.
            known.IsCancelled = false;
            return;
        }

        if (view.State.HasRequest(request.Id))
        {
            Respond(request, view);
            return;
        }

        if (request.Max < 1 || view.Receives.Count >= MaxWaitingPerQueue)
        {
            Respond(request.Id, request.Max < 1 ? Reply.Ok : Reply.LimitReached);
            return;
        }

        if (view.State.CheckedOut + view.Picked >= view.Settings.MaxCheckedOut)
        {
            Respond(request.Id, Reply.TooManyHeld);
            return;
        }

        var receive = new WaitingReceive(view, request, _nowMs + Math.Max(0, request.WaitMs));
        Remember(receive);
        view.Receives.Join(receive);
        view.Turns.Join(view.Receives);
        PumpQueue(view);
        if (receive.Place is null)
            return;
        if (request.WaitMs <= 0)
            End(receive);
        else
            _receiveDeadlines.Enqueue(request.Id, receive.DeadlineMs);
    }

    /// <summary>Picks messages for the first in line and proposes their check-out.</summary>
    /// <returns>False when that has to wait.</returns>
    private bool Serve(QueueView view, ref DropBatch expired)
    {
        if (!CanPropose)
            return false;
        WaitingReceive receive = view.Receives.First;
        long room = view.Settings.MaxCheckedOut - view.State.CheckedOut - view.Picked;
        if (room <= 0)
        {
            Forget(receive);
            view.Receives.Leave(receive);
            view.Turns.Move(view.Receives);
            Respond(receive.Request.Id, Reply.TooManyHeld);
            return true;
        }

        var picked = new List<long>();
        while (picked.Count < Math.Min(room, receive.Request.Max)
            && TryPeekFresh(view, ref expired, wanted: true, out long sequence))
        {
            int bytes = view.State.Read(sequence).Bytes;
            view.Take(sequence);
            view.Away.Add(sequence);
            view.AwayBytes += bytes;
            receive.PickedBytes += bytes;
            picked.Add(sequence);
        }

        view.Picked += picked.Count;
        receive.Picked = picked;
        view.Receives.Leave(receive);
        view.Turns.Move(view.Receives);
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.CheckOut(
            command,
            view.Id,
            receive.Request.Id,
            CollectionsMarshal.AsSpan(picked));
        Propose(command);
        return true;
    }

    /// <summary>A check-out was applied: whoever asked for it gets what it says.</summary>
    private void EndCheckOut(RequestId id)
    {
        if (!_receives.TryGetValue(id, out WaitingReceive? receive) || receive.Picked is null)
            return;
        QueueView view = receive.View;
        foreach (long sequence in receive.Picked)
        {
            view.Away.Remove(sequence);
            view.PutBack(sequence);
        }

        view.Picked -= receive.Picked.Count;
        view.AwayBytes -= receive.PickedBytes;
        receive.Picked = null;
        receive.PickedBytes = 0;
        Touch(view);
        Forget(receive);
        // The queue may go in the same entry, behind the check-out: then this comes before the news of its end.
        if (view.IsDeleted || _machine.Find(view.Id) is null)
            Respond(id, Reply.QueueNotFound);
        else if (receive.IsCancelled)
            Release(view, id);
        else if (view.State.HasRequest(id))
            Respond(receive.Request, view);
        else
            WaitOn(receive);
    }

    /// <summary>Nothing could be checked out for it after all.</summary>
    private void WaitOn(WaitingReceive receive)
    {
        if (receive.DeadlineMs <= _nowMs)
        {
            Respond(receive.Request.Id, Reply.Ok);
            return;
        }

        Remember(receive);
        receive.View.Receives.Rejoin(receive);
        receive.View.Turns.Join(receive.View.Receives);
        _receiveDeadlines.Enqueue(receive.Request.Id, receive.DeadlineMs);
    }

    private void Respond(QueueRequest.Receive request, QueueView view)
    {
        var checkedOut = new List<CheckedOutMessage>();
        view.State.CheckedOutBy(request.Id, checkedOut);
        var messages = new DispatchedMessage[checkedOut.Count];
        for (int i = 0; i < messages.Length; i++)
        {
            CheckedOutMessage message = checkedOut[i];
            messages[i] = new DispatchedMessage(
                new ConsumerKey(request.Connection, 0),
                view.Id,
                message.Sequence,
                message.Deliveries > 1 || view.Redelivered.Contains(message.Sequence),
                message.Deliveries,
                view.State.Read(message.Sequence).Row.UnitRef,
                message.CheckOut,
                message.FirstCheckOutMs,
                message.DeadlineMs);
        }

        _output.Respond(request.Id, new QueueResponse(Reply.Ok, messages.Length) { Messages = messages });
    }

    private void Release(QueueView view, RequestId id)
    {
        if (!view.State.HasRequest(id))
            return;
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.Release(command, view.Id, id);
        Propose(command);
    }

    private void Cancel(RequestId id)
    {
        if (!_receives.TryGetValue(id, out WaitingReceive? receive))
        {
            // Its answer is out already.
            return;
        }

        if (receive.Picked is null)
        {
            End(receive);
            return;
        }

        // Its check-out is on the way; it is undone when it is applied.
        if (!receive.IsCancelled)
            Respond(id, Reply.Ok);
        receive.IsCancelled = true;
    }

    /// <summary>Answers one in line with nothing.</summary>
    private void End(WaitingReceive receive)
    {
        Forget(receive);
        receive.View.Receives.Leave(receive);
        receive.View.IdleSinceMs = _nowMs;
        Touch(receive.View);
        Respond(receive.Request.Id, Reply.Ok);
    }

    private void EndReceives()
    {
        while (_receiveDeadlines.TryPeek(out RequestId id, out long dueMs) && dueMs <= _nowMs)
        {
            _receiveDeadlines.Dequeue();
            if (_receives.TryGetValue(id, out WaitingReceive? receive) && receive.Picked is null
                && receive.DeadlineMs <= _nowMs)
            {
                End(receive);
            }
        }
    }

    private long NextReceiveDeadlineMs
    {
        get
        {
            while (_receiveDeadlines.TryPeek(out RequestId id, out long dueMs))
            {
                if (_receives.TryGetValue(id, out WaitingReceive? receive) && receive.Picked is null)
                    return dueMs;
                _receiveDeadlines.Dequeue();
            }

            return long.MaxValue;
        }
    }

    /// <summary>Nobody waits for these answers any more.</summary>
    private void CancelReceives(NodeIncarnation node)
    {
        var over = new List<ConnectionKey>();
        foreach (ConnectionKey connection in _receivesOf.Keys)
        {
            if (connection.Owner == node)
                over.Add(connection);
        }

        foreach (ConnectionKey connection in over)
            CancelReceives(connection);
    }

    private void CancelReceives(ConnectionKey connection)
    {
        if (!_receivesOf.TryGetValue(connection, out HashSet<WaitingReceive>? receives))
            return;
        WaitingReceive[] over = [.. receives];
        foreach (WaitingReceive receive in over)
        {
            receive.IsCancelled = true;
            if (receive.Picked is not null)
                continue;
            Forget(receive);
            receive.View.Receives.Leave(receive);
            Touch(receive.View);
        }
    }

    private void Remember(WaitingReceive receive)
    {
        _receives.Add(receive.Request.Id, receive);
        if (!_receivesOf.TryGetValue(receive.Request.Connection, out HashSet<WaitingReceive>? receives))
            _receivesOf.Add(receive.Request.Connection, receives = []);
        receives.Add(receive);
    }

    private void Forget(WaitingReceive receive)
    {
        _receives.Remove(receive.Request.Id);
        HashSet<WaitingReceive> receives = _receivesOf[receive.Request.Connection];
        receives.Remove(receive);
        if (receives.Count == 0)
            _receivesOf.Remove(receive.Request.Connection);
    }

    private void RefuseWaiting(QueueView view)
    {
        while (view.Gets.TryDequeue(out QueueRequest.Get? get))
            Respond(get.Id, Reply.QueueNotFound);
        while (view.Receives.Count > 0)
        {
            WaitingReceive receive = view.Receives.First;
            view.Receives.Leave(receive);
            Forget(receive);
            Respond(receive.Request.Id, Reply.QueueNotFound);
        }
    }
}
