using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>10, 310, 320: sends (specification section 7). A message that is delayed, or half of a
/// transaction, is parked and gets its queue offset when it appears.</summary>
internal sealed class RocketMqSending(
    RocketMqLink link, RocketMqTopics topics, RocketMqPublishing publishing, RocketMqEndPoint bornHost,
    RocketMqEndPoint storeHost)
{
    /// <summary>Takes a send at once if it is one of one message to a topic that is there, as nearly all are.</summary>
    /// <param name="command">10, 310 or 320.</param>
    /// <param name="answers">Gets the answer.</param>
    /// <returns>False: <see cref="SendAsync"/> takes it, nothing has happened yet.</returns>
    /// <exception cref="RocketMqProtocolException">It is refused.</exception>
    public bool TrySend(RocketMqCommand command, IRocketMqSendAnswers answers)
    {
        SendMessageRequest request = Read(command);
        if (request.Batch == true || Find(request.Topic) is not { } topic)
            return false;
        CheckMayWrite(topic);
        PartitionInfo queue = Choose(request, topic);
        Publication publication = Prepare(request, topic, queue, Single(request, command.Body));
        answers.Begins(command);
        try
        {
            publishing.Publish(
                publication, new RocketMqOpenSend(command, request.Topic, queue.Number, storeHost, answers));
        }
#pragma warning disable CA1031 // Our own fault; what has begun must end.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            answers.NotSent(command, fault);
        }
        return true;
    }

    public async ValueTask<RocketMqCommand> SendAsync(RocketMqCommand command)
    {
        SendMessageRequest request = Read(command);
        TopicInfo topic = Find(request.Topic) ?? await link.Ask(CreateAsync(request));
        CheckMayWrite(topic);
        PartitionInfo queue = Choose(request, topic);
        List<RocketMqBatchItem> items = request.Batch == true
            ? Batch(request, command.Body)
            : [Single(request, command.Body)];
        // All are looked at before one is handed over, and handed over before any answer is awaited: they stand together.
        Publication[] publications = [.. items.Select(item => Prepare(request, topic, queue, item))];
        Task<PublishOutcome>[] outcomes = [.. publications.Select(one => publishing.PublishAsync(one))];
        return command.Answer(await link.Ask(AnswerAsync(request, queue, outcomes)));
    }

    /// <summary>Publishes a message to a queue, or parks it where its properties ask for that.</summary>
    public Task<PublishOutcome> PublishAsync(
        TopicInfo topic, PartitionInfo queue, RocketMqPropertyBlock block, in ReadOnlySequence<byte> body) =>
        publishing.PublishAsync(Prepare(topic, queue, block, body, producerGroup: ""));

    /// <param name="topic">The topic.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="block">What stands beside the body.</param>
    /// <param name="body">The body.</param>
    /// <param name="producerGroup">Whose half message it is where it does not say so itself.</param>
    /// <exception cref="RocketMqProtocolException">13.</exception>
    private Publication Prepare(TopicInfo topic, PartitionInfo queue, RocketMqPropertyBlock block,
        in ReadOnlySequence<byte> body, string producerGroup)
    {
        CheckProperties(block.Properties.Length);
        Parking? parking = null;
        if (IsHalf(block) || RocketMqProperties.Find(block.Properties.Span, "DELAY"u8) is not null)
        {
            RocketMqProperties properties = RocketMqProperties.Parse(block.Properties.Span);
            parking = Park(block, properties, topic, queue, producerGroup);
            block = parking is null ? block : block.With(properties);
        }
        byte[] stored = block.ToBytes();
        CheckProperties(stored.Length - RocketMqPropertyBlock.HeadBytes);
        if (body.Length + stored.Length + RocketMqMessageWriter.FixedBytes > link.Options.MaxMessageBytes)
            throw Illegal($"the message is larger than {link.Options.MaxMessageBytes} bytes");
        string? tag = RocketMqProperties.Find(block.Properties.Span, "TAGS"u8);
        return new Publication
        {
            Topic = topic,
            RoutingKey = RocketMqMapping.RoutingKey(tag),
            Headers = new RocketMqRoutingHeaders(block.Properties),
            Format = PropertyFormat.RocketMq,
            Properties = stored,
            Body = body,
            Persistent = true,
            Partition = queue.Id,
            TagHash = RocketMqMapping.TagHash(tag),
            Park = parking,
        };
    }

    public static string MessageId(RocketMqEndPoint storeHost, PublishOutcome outcome) =>
        new RocketMqMessageId(storeHost, Math.Max(0, outcome.Position)).ToString();

    /// <summary>What is asked for, once it is known to be legal and allowed.</summary>
    private SendMessageRequest Read(RocketMqCommand command)
    {
        bool isV1 = command.Code == (int)RocketMqRequestCode.SendMessage;
        var sent = SendMessageRequest.Read(command.Fields ?? new(), shortNames: !isV1);
        // Before they are taken apart.
        CheckProperties(Encoding.UTF8.GetByteCount(sent.Properties ?? ""));
        SendMessageRequest request = DeadLetter(sent);
        CheckTopic(request.Topic);
        if (!link.May(Access.Write, request.Topic))
            throw RocketMqErrors.NoPermission($"no permission to send to topic[{request.Topic}]");
        return request;
    }

    private TopicInfo? Find(string name) =>
        link.Broker.FindTopic(name) is { } found && topics.CountQueues(found.Id) > 0 ? found : null;

    private static RocketMqBatchItem Single(SendMessageRequest request, ReadOnlyMemory<byte> body) =>
        new(request.Flag, body, Encoding.UTF8.GetBytes(request.Properties ?? ""));

    private static void CheckMayWrite(TopicInfo topic)
    {
        if (!RocketMqTopics.Has(topic, TopicConfig.PermWrite))
            throw RocketMqErrors.NoPermission($"the topic[{topic.Name}] is forbidden to write");
    }

    private static bool IsHalf(RocketMqPropertyBlock block) =>
        (block.SysFlag & RocketMqSysFlag.TransactionMask) == RocketMqSysFlag.Prepared;

    private static RocketMqProtocolException Illegal(string why) =>
        new(ErrorScope.Request, RocketMqResponseCode.MessageIllegal, why);

    private static void CheckProperties(int bytes)
    {
        if (bytes > RocketMqProperties.MaxBytes)
            throw Illegal($"the properties are longer than {RocketMqProperties.MaxBytes} bytes");
    }

    private static void CheckTopic(string topic)
    {
        if (Encoding.UTF8.GetByteCount(topic) > RocketMqNames.MaxTopicBytes)
            throw Illegal($"the topic is longer than {RocketMqNames.MaxTopicBytes} bytes");
        if (topic == RocketMqNames.Template)
            throw RocketMqProtocolException.Request($"the topic[{topic}] is conflict with system reserved words.");
    }

    /// <summary>A consumer whose send-back failed sends to the retry topic itself: the same limit counts as
    /// for a send-back.</summary>
    private SendMessageRequest DeadLetter(SendMessageRequest request)
    {
        if (!RocketMqNames.IsRetry(request.Topic)
            || (request.ReconsumeTimes ?? 0) < (request.MaxReconsumeTimes ?? link.Options.RetryMaxTimes))
        {
            return request;
        }
        RocketMqProperties properties = RocketMqProperties.Parse(request.Properties);
        properties[RocketMqProperties.Delay] = null;
        return request with
        {
            Topic = RocketMqNames.DeadLetterPrefix + request.Topic[RocketMqNames.RetryPrefix.Length..],
            QueueId = 0,
            Properties = properties.ToString(),
        };
    }

    /// <summary>Delayed messages keep their target in their properties, as consumers of 4.1.0 see it.</summary>
    private static Parking? Park(RocketMqPropertyBlock block, RocketMqProperties properties, TopicInfo topic,
        PartitionInfo queue, string producerGroup)
    {
        if (IsHalf(block))
        {
            // A committed message appears at once.
            properties[RocketMqProperties.Delay] = null;
            if (string.IsNullOrEmpty(properties[RocketMqProperties.ProducerGroup]))
            {
                // Only its producer group can end it: without one it would stay for ever.
                if (producerGroup.Length == 0)
                    throw Illegal("a half message needs a producer group");
                properties[RocketMqProperties.ProducerGroup] = producerGroup;
            }

            return new Parking(properties[RocketMqProperties.ProducerGroup]!, DelayMs: null, queue.Group);
        }
        if (!int.TryParse(properties[RocketMqProperties.Delay], CultureInfo.InvariantCulture, out int level)
            || RocketMqDelayLevels.DelayMs(level) is not { } delayMs)
        {
            return null;
        }
        properties[RocketMqProperties.RealTopic] = topic.Name;
        properties[RocketMqProperties.RealQueueId] = queue.Number.ToString(CultureInfo.InvariantCulture);
        return new Parking(Owner: "", delayMs, queue.Group);
    }

    private Publication Prepare(
        SendMessageRequest request, TopicInfo topic, PartitionInfo queue, in RocketMqBatchItem item) =>
        Prepare(
            topic,
            queue,
            new RocketMqPropertyBlock
            {
                Flag = item.Flag,
                SysFlag = request.SysFlag & ~(RocketMqSysFlag.BornHostV6 | RocketMqSysFlag.StoreHostV6),
                BornTimestampMs = request.BornTimestampMs,
                BornHost = bornHost,
                ReconsumeTimes = request.ReconsumeTimes ?? 0,
                Properties = item.Properties,
            },
            new ReadOnlySequence<byte>(item.Body),
            request.ProducerGroup);

    private async ValueTask<SendMessageResponse> AnswerAsync(
        SendMessageRequest request, PartitionInfo queue, Task<PublishOutcome>[] sent)
    {
        var ids = new List<string>(sent.Length);
        long first = 0;
        foreach (Task<PublishOutcome> one in sent)
        {
            PublishOutcome outcome = await link.Ask(new ValueTask<PublishOutcome>(one));
            outcome.Reply.ThrowIfFailed($"topic[{request.Topic}]");
            if (ids.Count == 0)
                first = Math.Max(0, outcome.Sequence);
            ids.Add(MessageId(storeHost, outcome));
        }
        return new SendMessageResponse(string.Join(',', ids), queue.Number, first);
    }

    private PartitionInfo Choose(SendMessageRequest request, TopicInfo topic)
    {
        int number = request.QueueId < 0
            ? RandomNumberGenerator.GetInt32(topics.CountQueues(topic.Id))
            : request.QueueId;
        return topics.FindQueue(topic.Id, number) ?? throw RocketMqProtocolException.Request(
            $"request queueId[{number}] is illegal, topic:[{topic.Name}] has {topics.CountQueues(topic.Id)} queues here");
    }

    /// <summary>Of a topic that is not here yet: by the template's word, or as what consumers send back
    /// to.</summary>
    private ValueTask<TopicInfo> CreateAsync(SendMessageRequest request)
    {
        if (RocketMqNames.IsRetry(request.Topic) || RocketMqNames.IsDeadLetter(request.Topic))
            return EnsureAsync(request.Topic, [link.Group], 1);
        if (!link.Options.AutoCreateTopics || request.DefaultTopic != RocketMqNames.Template)
            throw RocketMqErrors.TopicNotExist(request.Topic);
        int queues = Math.Clamp(request.DefaultTopicQueueNums, 1, link.Options.DefaultQueueNums);
        return EnsureAsync(request.Topic, link.Names.PairOf(link.Group), queues);
    }

    private ValueTask<TopicInfo> EnsureAsync(string name, IReadOnlyList<GroupId> groups, int queues) =>
        topics.EnsureAsync(
            new TopicConfig(name, queues, queues, TopicConfig.PermReadWrite, 0, false), groups, queues);

    private List<RocketMqBatchItem> Batch(SendMessageRequest request, ReadOnlyMemory<byte> body)
    {
        List<RocketMqBatchItem> items = RocketMqBatch.Read(body, link.Options.MaxBatchMessages);
        bool isPlain = !RocketMqNames.IsRetry(request.Topic)
            && (request.SysFlag & RocketMqSysFlag.TransactionMask) != RocketMqSysFlag.Prepared
            && items.TrueForAll(item => RocketMqProperties.Find(item.Properties.Span, "DELAY"u8) is null);
        if (items.Count == 0 || !isPlain)
            throw Illegal("a batch holds messages, neither delayed ones nor sent-back ones nor halves of a transaction");
        return items;
    }
}
