using System.Buffers;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Benchmarks.RocketMqLoad;

/// <summary>An answer to a send.</summary>
/// <param name="Code">0 = SEND_OK.</param>
internal readonly record struct SendAnswer(int Code, int Opaque, int Queue, long Offset)
{
    private const int MaxBytes = 1 << 20;

    public static bool TryRead(ref ReadOnlySequence<byte> input, out SendAnswer answer)
    {
        answer = default;
        if (!RocketMqReader.TryRead(ref input, MaxBytes, MaxBytes, out RocketMqCommand? command))
            return false;
        answer = new SendAnswer(command!.Code, command.Opaque, 0, 0);
        if (command.Code == 0)
        {
            var sent = SendMessageResponse.Read(command.Fields!);
            answer = answer with { Queue = sent.QueueId, Offset = sent.QueueOffset };
        }
        return true;
    }
}
