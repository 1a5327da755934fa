using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.RocketMq;

/// <summary>Sends to the queues of one broker name and waits for a SEND_OK for each message.</summary>
internal sealed class RocketMqProducer(
    int number, LoadOptions options, Ledger ledger, Phase phase, Wire wire, string topic, RocketMqOffsets[] queues)
    : SocketProducer(number, options, ledger, phase, wire, [.. Enumerable.Range(0, queues.Length)])
{
    private readonly RocketMqSendFrame[] _frames =
        [.. queues.Select((_, queue) => new RocketMqSendFrame(options, topic, queue))];

    protected override void Write(in MessageStamp stamp) => _frames[stamp.Queue].Write(Wire, stamp);

    protected override bool TryTake(long now)
    {
        if (RocketMqAdministrator.TryRead(Wire) is not { } answer)
            return false;
        bool isStored = answer.Code == 0;
        if (isStored)
        {
            var sent = SendMessageResponse.Read(answer.Fields!);
            queues[sent.QueueId].Add(sent.QueueOffset);
        }

        Window.Settle(answer.Opaque - RocketMqSendFrame.FirstOpaque, isStored, now);
        return true;
    }
}
