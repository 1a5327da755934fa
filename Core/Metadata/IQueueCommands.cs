using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Encodes what the directory tells the groups that hold queues.</summary>
internal interface IQueueCommands
{
    void CreateQueue(
        IBufferWriter<byte> output,
        QueueId queue,
        NamespaceId ns,
        string name,
        bool durable,
        bool autoDelete,
        ConnectionKey? owner,
        QueueSettings settings);

    void CreatePartition(IBufferWriter<byte> output, QueueId partition, NamespaceId ns, QueueSettings settings);

    void ChangeQueue(IBufferWriter<byte> output, QueueId queue, QueueSettings settings);

    void RemoveQueue(IBufferWriter<byte> output, QueueId queue);

    void NodeGone(IBufferWriter<byte> output, NodeIncarnation gone);
}
