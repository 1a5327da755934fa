using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.LastValues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Publishing to the last value of a topic and key: one more durable target.</content>
internal sealed partial class BrokerConnection
{
    public ILastValues LastValues => _life.LastValues;

    /// <summary>Changes the last value, and publishes to the queues that routing found. The last value is a command of
    /// its own, also where a queue is in the same group: few messages are retained, and each command stays what it
    /// is.</summary>
    private void PublishWithLastValue(in Publication publication, ulong tag, List<QueueInfo> targets)
    {
        (GroupId Group, QueueId[] Targets)[] parts = PartsOf(targets);
        if (parts.Length == 0)
        {
            SendLastValue(publication, this, tag);
            return;
        }

        var completion = new PendingPublish(this, tag, parts.Length + 1);
        for (int i = 0; i < parts.Length; i++)
            Send(parts[i].Group, parts[i].Targets, publication, completion, (ulong)i);
        SendLastValue(publication, completion, (ulong)parts.Length);
    }

    private void SendLastValue(in Publication publication, ILaneCompletion completion, ulong tag)
    {
        TopicId topic = publication.Topic.Id;
        LaneSender lane = _life.LaneTo(Directory.GroupOf(topic, publication.RoutingKey));
        int bytes = publication.LastValue == LastValueChange.Clear
            ? lane.Enqueue(
                (topic, key: publication.RoutingKey),
                static (state, output) => LastValueCommands.Clear(output, state.topic, state.key),
                completion,
                tag)
            : lane.Enqueue(
                // A group takes a producer's number once, and a queue in the same group has it already.
                (topic, unit: UnitOf(lane, publication) with { Producer = null }),
                static (state, output) => LastValueCommands.Put(output, state.topic, state.unit),
                completion,
                tag);
        Interlocked.Add(ref _pendingBytes, bytes);
    }
}
