using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

/// <summary>One connection's door; what this protocol does not use is refused.</summary>
internal sealed partial class FakeConnection(FakeBroker broker, ConnectionOptions options, long number) : UnusedConnection
{
    private readonly List<(ulong Tag, PublishOutcome Outcome)> _answers = [];

    public ConnectionOptions Options => options;

    public bool IsDisposed { get; private set; }

    public override ConnectionKey Key => new(new NodeIncarnation(new NodeId(1), 1), number);

    public override IPartitions Partitions => this;

    public override IConsumerGroups ConsumerGroups => this;

    public override IParkedMessages Parked => this;

    public override TopicInfo? FindTopic(string name) => broker.Topics.GetValueOrDefault(name);

    public override TopicInfo? FindTopic(TopicId id) => broker.Topics.Values.FirstOrDefault(topic => topic.Id == id);

    public override IReadOnlyList<TopicInfo> ListTopics() =>
        [.. broker.Topics.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal)];

    public override ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(
        TopicDeclaration topic, CancellationToken cancellation) =>
        new((Reply.Ok, broker.AddTopic(topic.Name, 0, 0, topic.Arguments)));

    public override ValueTask<Reply> ChangeTopicAsync(
        TopicId topic, ReadOnlyMemory<byte> arguments, CancellationToken cancellation)
    {
        TopicInfo present = FindTopic(topic)!;
        broker.Topics[present.Name] = present with { Arguments = arguments };
        return new(Reply.Ok);
    }

    public override ValueTask<Reply> DeleteTopicAsync(TopicId topic, bool ifUnused, CancellationToken cancellation)
    {
        broker.Topics.Remove(FindTopic(topic)!.Name);
        broker.Partitions.RemoveAll(partition => partition.Info.Topic == topic);
        return new(Reply.Ok);
    }

    public override PublishAdmission Publish(in Publication publication, ulong tag)
    {
        if (broker.IsFull)
            return PublishAdmission.Full;
        if (broker.BreaksPublishing)
            throw new InvalidOperationException("broken on purpose");
        PublishOutcome outcome = broker.PublishReply != Reply.Ok
            ? new(broker.PublishReply, -1)
            : publication.Park is null ? Append(publication) : Park(publication);
        _answers.Add((tag, outcome));
        if (broker.AnswersAtOnce)
            Flush();
        return PublishAdmission.Accepted;
    }

    /// <summary>The answers to publishes arrive.</summary>
    public void Flush()
    {
        foreach ((ulong tag, PublishOutcome outcome) in _answers)
            options.Sink.Published(tag, outcome);
        _answers.Clear();
    }

    public override ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        broker.RoomAwaited++;
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        IsDisposed = true;
        foreach (var group in broker.Members.Values)
        {
            foreach ((string name, var member) in group.ToArray())
            {
                if (member.Connection == this)
                    group.Remove(name);
            }
        }
        return ValueTask.CompletedTask;
    }

    private PublishOutcome Append(in Publication publication)
    {
        QueueId? wanted = publication.Partition;
        FakePartition partition = broker.Partitions.Single(have => have.Info.Id == wanted);
        PartitionMessage message = broker.Append(partition, publication);
        return new(Reply.Ok, message.Offset, message.Position);
    }

    private PublishOutcome Park(in Publication publication)
    {
        long position = broker.NextId();
        broker.Parked.Add(position, (publication, new ParkedMessage(
            position, publication.Park!.Owner, broker.NowMs, 0, broker.Stored(publication))));
        return new(Reply.Ok, -1, position);
    }
}
