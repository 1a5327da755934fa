using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;

/// <summary>A queue with strict check-outs in a list; guarded by the broker's lock.</summary>
public sealed class FakeQueue(QueueInfo info)
{
    private long _lastReceipt = 1000;

    public QueueInfo Info { get; set; } = info;

    public List<FakeMessage> Messages { get; } = [];

    public List<FakeMessage> Take(int max, long nowMs)
    {
        List<FakeMessage> taken = [.. Messages.Where(m => !m.Settled && m.VisibleMs <= nowMs).Take(max)];
        foreach (FakeMessage message in taken)
        {
            message.Held = true;
            message.Receipt = ++_lastReceipt;
            message.FirstMs = message.Count++ == 0 ? nowMs : message.FirstMs;
            message.VisibleMs = nowMs + Info.Settings.VisibilityTimeoutMs;
        }

        return taken;
    }

    public bool Settle(long receipt, long nowMs)
    {
        FakeMessage? message = Messages.Find(m => !m.Settled && m.Receipt == receipt && m.VisibleMs > nowMs);
        if (message is null)
            return false;
        message.Settled = true;
        return true;
    }
}
