using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;

internal sealed class FakeQueue(QueueInfo info)
{
    public QueueInfo Info => info with { Settings = Settings };

    public QueueSettings Settings { get; set; } = info.Settings;

    public List<(long Sequence, StoredMessage Message, bool Redelivered)> Ready { get; } = [];

    public Dictionary<long, StoredMessage> Held { get; } = [];

    public long LastSequence { get; set; } = -1;

    public long Add(StoredMessage message)
    {
        Ready.Add((++LastSequence, message, false));
        return LastSequence;
    }

    public void Return(long sequence)
    {
        if (!Held.Remove(sequence, out StoredMessage? message))
            return;
        Ready.Add((sequence, message, true));
        Ready.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
    }

    public void Remove(IReadOnlyList<long> sequences)
    {
        Ready.RemoveAll(ready => sequences.Contains(ready.Sequence));
        foreach (long sequence in sequences)
            Held.Remove(sequence);
    }
}
