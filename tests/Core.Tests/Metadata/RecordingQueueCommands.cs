using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

/// <summary>Writes what a group is told as a line of text.</summary>
internal sealed class RecordingQueueCommands : IQueueCommands
{
    public void CreateQueue(
        IBufferWriter<byte> output,
        QueueId queue,
        NamespaceId ns,
        string name,
        bool durable,
        bool autoDelete,
        ConnectionKey? owner,
        QueueSettings settings) =>
        Write(output, $"create {queue} {name} durable={durable} autoDelete={autoDelete} owner={owner?.Number ?? 0}");

    public void CreatePartition(
        IBufferWriter<byte> output, QueueId partition, NamespaceId ns, QueueSettings settings) =>
        Write(output, $"partition {partition} retention={settings.RetentionMs}");

    public void ChangeQueue(IBufferWriter<byte> output, QueueId queue, QueueSettings settings) =>
        Write(output, $"change {queue} ttl={settings.MessageTtlMs}");

    public void RemoveQueue(IBufferWriter<byte> output, QueueId queue) => Write(output, $"remove {queue}");

    public void NodeGone(IBufferWriter<byte> output, NodeIncarnation gone) =>
        Write(output, $"gone {gone.Node}.{gone.Incarnation}");

    private static void Write(IBufferWriter<byte> output, string line) => output.Write(Encoding.UTF8.GetBytes(line));
}
