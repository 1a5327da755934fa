using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>The change of a last value by a message that is shown, as the leader has routed it.</summary>
/// <param name="Change">Put or Clear.</param>
/// <param name="Target">Where.</param>
/// <param name="Key">Of the message: apply does not read it.</param>
internal readonly record struct LastValueMove(LastValueChange Change, LastValueTarget Target, string Key)
{
    public void Write(IBufferWriter<byte> output)
    {
        output.PutByte((byte)Change);
        output.PutInt32(Target.Group.Value);
        output.PutInt64(Target.Topic.Value);
        output.PutString(Key);
    }

    public static LastValueMove Read(ref QueueCommandReader input) => new(
        (LastValueChange)input.ReadByte(),
        new LastValueTarget(new GroupId(input.ReadInt32()), new TopicId(input.ReadInt64())),
        input.ReadString());
}
