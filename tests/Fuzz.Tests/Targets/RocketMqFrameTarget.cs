using System.Buffers;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>Frames of the remoting protocol with JSON and binary headers, and what requests say in them.</summary>
internal sealed class RocketMqFrameTarget() : StreamTarget("rocketmq-frames")
{
    private const int MaxFrameBytes = 64 * 1024;
    private const int MaxHeaderBytes = 16 * 1024;
    private const int MaxBatchMessages = 100;

    private static readonly Dictionary<RocketMqRequestCode, Func<RocketMqFields, object>> Headers = new()
    {
        [RocketMqRequestCode.SendMessage] = fields => SendMessageRequest.Read(fields, shortNames: false),
        [RocketMqRequestCode.SendMessageV2] = fields => SendMessageRequest.Read(fields, shortNames: true),
        [RocketMqRequestCode.SendBatchMessage] = fields => SendMessageRequest.Read(fields, shortNames: true),
        [RocketMqRequestCode.PullMessage] = PullMessageRequest.Read,
        [RocketMqRequestCode.QueryMessage] = QueryMessageRequest.Read,
        [RocketMqRequestCode.ViewMessageById] = fields => ViewMessageRequest.Read(fields),
        [RocketMqRequestCode.QueryConsumerOffset] = fields => QueryConsumerOffsetRequest.Read(fields),
        [RocketMqRequestCode.UpdateConsumerOffset] = fields => UpdateConsumerOffsetRequest.Read(fields),
        [RocketMqRequestCode.SearchOffsetByTimestamp] = fields => SearchOffsetRequest.Read(fields),
        [RocketMqRequestCode.GetMaxOffset] = fields => QueueRequest.Read(fields),
        [RocketMqRequestCode.ConsumerSendMsgBack] = SendBackRequest.Read,
        [RocketMqRequestCode.EndTransaction] = EndTransactionRequest.Read,
        [RocketMqRequestCode.CheckTransactionState] = CheckTransactionStateRequest.Read,
        [RocketMqRequestCode.UnregisterClient] = fields => UnregisterClientRequest.Read(fields),
        [RocketMqRequestCode.UpdateAndCreateTopic] = fields => CreateTopicRequest.Read(fields),
        [RocketMqRequestCode.InvokeBrokerToResetOffset] = fields => ResetOffsetRequest.Read(fields),
        [RocketMqRequestCode.GetRouteInfoByTopic] = fields => TopicRequest.Read(fields),
    };

    public override IEnumerable<byte[]> Examples
    {
        get
        {
            var send = new RocketMqFields();
            new SendMessageRequest("PG", "T", "TBW102", 4, 2, 0, 1, 0, "KEYS\u0001k\u0002TAGS\u0001a\u0002", 0, false, null, false)
                .Write(send, shortNames: true);
            var pull = RocketMqFields.Of(new PullMessageRequest("CG", "T", 1, 5, 32, 6, 3, 15_000, "*", 0, null));
            var end = RocketMqFields.Of(new EndTransactionRequest("PG", 0, 77, RocketMqSysFlag.Commit, false, "U1", null));
            RocketMqCommand[] commands =
            [
                new((int)RocketMqRequestCode.SendMessageV2, 1, 0) { Fields = send, Body = "body"u8.ToArray() },
                new((int)RocketMqRequestCode.PullMessage, 2, 0) { Fields = pull },
                new((int)RocketMqRequestCode.EndTransaction, 3, RocketMqCommand.OneWayFlag) { Fields = end },
                new((int)RocketMqRequestCode.HeartBeat, 4, 0) { Body = RocketMqTargets.HeartbeatBody },
                new((int)RocketMqRequestCode.LockBatchMq, 5, 0) { Body = RocketMqTargets.LockBody },
                new((int)RocketMqRequestCode.SendBatchMessage, 6, 0)
                {
                    Fields = send,
                    Body = RocketMqTargets.Batch([new(1, "one"u8.ToArray(), "WAIT\u0001true\u0002"u8.ToArray())]),
                },
                new((int)RocketMqResponseCode.TopicNotExist, -7, RocketMqCommand.ResponseFlag) { Remark = "no \"topic\" \u4F60" },
            ];
            foreach (RocketMqCommand command in commands)
            {
                yield return Written(command);
                yield return Written(command with { Serialization = RocketMqSerialization.Binary });
            }
            yield return [.. Written(commands[0]), .. Written(commands[1])];
        }
    }

    public override int AllocatedPerByte => 512;

    public override bool IsRefusal(Exception exception) => RocketMqTargets.IsRefusal(exception);

    protected override Cutter Open()
    {
        return static (ref ReadOnlySequence<byte> input) =>
            RocketMqReader.TryRead(ref input, MaxFrameBytes, MaxHeaderBytes, out RocketMqCommand? command)
                ? new Unit(command!, Said(command!))
                : null;
    }

    /// <summary>The connection closes; the text is for our log.</summary>
    protected override string Told(Exception refusal) => $"{((RocketMqProtocolException)refusal).Scope}";

    protected override void CheckUnits(IReadOnlyList<object> units)
    {
        foreach (RocketMqCommand command in units.Cast<Unit>().Select(unit => unit.Command))
        {
            var input = new ReadOnlySequence<byte>(Written(command));
            if (!RocketMqReader.TryRead(ref input, int.MaxValue, int.MaxValue, out RocketMqCommand? again)
                || Shape.Of(again) is var got && got != Shape.Of(command))
            {
                throw new FuzzFailure($"encoded and decoded again it is not {Shape.Of(command)}");
            }
        }
    }

    /// <summary>Header and body of a request that we know; the text of the refusal, where that is the answer.</summary>
    private static Request Said(RocketMqCommand command)
    {
        var code = (RocketMqRequestCode)command.Code;
        try
        {
            object? header = command.Fields is { } fields && Headers.TryGetValue(code, out Func<RocketMqFields, object>? read)
                ? read(fields)
                : null;
            object? body = code switch
            {
                RocketMqRequestCode.HeartBeat => HeartbeatData.Read(command.Body.Span),
                RocketMqRequestCode.LockBatchMq => LockBatchRequest.Read(command.Body.Span),
                RocketMqRequestCode.SendBatchMessage => RocketMqBatch.Read(command.Body, MaxBatchMessages),
                _ => null,
            };
            return new Request(header, body, Refusal: null);
        }
        catch (RocketMqProtocolException refused) when (refused.Scope == ErrorScope.Request)
        {
            return new Request(Header: null, Body: null, refused.Message);
        }
    }

    private static byte[] Written(RocketMqCommand command)
    {
        var output = new ArrayBufferWriter<byte>();
        new RocketMqWriter().Write(command, output);
        return output.WrittenSpan.ToArray();
    }

    private sealed record Request(object? Header, object? Body, string? Refusal);

    private sealed record Unit(RocketMqCommand Command, Request Said);
}
