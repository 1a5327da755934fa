using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The leader's sending of what its group has for other groups. Group thread.</summary>
internal sealed class OutboxSender(GroupHost host, TimeProvider time)
{
    private const int MaxInFlight = 64;
    private const long RepeatAfterMs = 1000;

    private readonly Dictionary<GroupId, Progress> _progress = [];

    /// <summary>A new leader sends everything again that its state does not call done.</summary>
    public void Reset() => _progress.Clear();

    public void Answered(GroupEvent.OutboxAnswer answer)
    {
        if (!_progress.TryGetValue(answer.Target, out Progress? progress) || progress.Source != answer.Source)
            return;
        switch (answer.Verdict)
        {
            case LaneVerdict.Gap:
                progress.SentUpTo = Math.Min(progress.SentUpTo, answer.Expected - 1);
                break;
            case LaneVerdict.Gone:
                break;
            case LaneVerdict.Next or LaneVerdict.Repeated or LaneVerdict.Forgotten:
                if (answer.Number > progress.SentUpTo)
                    return;
                progress.AnsweredUpTo = Math.Max(progress.AnsweredUpTo, answer.Number);
                progress.SinceMs = NowMs;
                break;
        }
    }

    public void Pump(GroupState state)
    {
        foreach (GroupId target in state.OutboxTargets)
        {
            int epoch = state.OutboxEpoch(target);
            long done = state.OutboxDoneUpTo(target);
            if (!_progress.TryGetValue(target, out Progress? progress) || progress.Epoch != epoch)
            {
                progress = new Progress(epoch, host.LaneSourceTo(target, epoch)) { SentUpTo = done, SinceMs = NowMs };
                _progress[target] = progress;
            }

            if (progress.AnsweredUpTo > Math.Max(done, progress.ProposedUpTo)
                && host.ProposeOutboxDone(target, epoch, progress.AnsweredUpTo))
                progress.ProposedUpTo = progress.AnsweredUpTo;
            if (progress.SentUpTo > done && NowMs - progress.SinceMs > RepeatAfterMs)
            {
                progress.SentUpTo = done;
                progress.ProposedUpTo = done;
                progress.SinceMs = NowMs;
            }

            Send(state, target, progress, done);
        }
    }

    private void Send(GroupState state, GroupId target, Progress progress, long done)
    {
        int room = (int)Math.Max(0, MaxInFlight - (progress.SentUpTo - done));
        foreach ((long number, ReadOnlyMemory<byte> payload) in state.OutboxWaiting(target, progress.SentUpTo, room))
        {
            var builder = new BatchBuilder(BatchHeader.Size + payload.Length + 64);
            builder.Add(state.Machine.Materialize(payload, host.Units).Span);
            if (!host.SendBatch(target, builder.Seal(BatchKind.Machine, progress.Source, number, done)))
                return;
            if (progress.SentUpTo == done)
                progress.SinceMs = NowMs;
            progress.SentUpTo = number;
        }
    }

    private long NowMs => time.MonotonicMs();

    private sealed class Progress(int epoch, LaneSource source)
    {
        public int Epoch { get; } = epoch;

        public LaneSource Source { get; } = source;

        public long SentUpTo { get; set; }

        public long AnsweredUpTo { get; set; }

        public long ProposedUpTo { get; set; }

        public long SinceMs { get; set; }
    }
}
