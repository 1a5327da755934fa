using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The directory's words to the groups that hold queues, in the queue machine's encoding.</summary>
internal sealed class DirectoryQueueCommands : IQueueCommands
{
    public void CreateQueue(
        IBufferWriter<byte> output,
        QueueId queue,
        NamespaceId ns,
        string name,
        bool durable,
        bool autoDelete,
        ConnectionKey? owner,
        QueueSettings settings) => QueueCommandWriter.CreateQueue(
            output, new NewQueue(queue, ns, name, durable, autoDelete, owner, settings));

    public void CreatePartition(
        IBufferWriter<byte> output, QueueId partition, NamespaceId ns, QueueSettings settings) =>
        QueueCommandWriter.CreateQueue(
            output,
            new NewQueue(partition, ns, "", Durable: true, AutoDelete: false, Owner: null, settings)
            {
                IsPartition = true,
            });

    public void ChangeQueue(IBufferWriter<byte> output, QueueId queue, QueueSettings settings) =>
        QueueCommandWriter.ChangeQueue(output, queue, settings);

    public void RemoveQueue(IBufferWriter<byte> output, QueueId queue) => QueueCommandWriter.RemoveQueue(output, queue);

    public void NodeGone(IBufferWriter<byte> output, NodeIncarnation gone) => QueueCommandWriter.NodeGone(output, gone);
}
