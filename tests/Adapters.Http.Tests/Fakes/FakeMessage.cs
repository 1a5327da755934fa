using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;

public sealed class FakeMessage(long sequence, StoredMessage stored, long visibleMs)
{
    public long Sequence => sequence;

    public StoredMessage Stored => stored;

    public long VisibleMs { get; set; } = visibleMs;

    public bool Held { get; set; }

    public bool Settled { get; set; }

    public long Receipt { get; set; }

    public long FirstMs { get; set; }

    public int Count { get; set; }
}
