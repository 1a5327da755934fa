using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

/// <summary>A partition and the reads that wait for it.</summary>
internal sealed class FakePartition(PartitionInfo info)
{
    public PartitionInfo Info => info;

    public List<PartitionMessage> Messages { get; } = [];

    /// <summary>First offset that is still there.</summary>
    public long Min { get; set; }

    public long Max => Messages.Count;

    public List<Action> Waiting { get; } = [];
}
