using System.Buffers;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;

/// <summary>One frame to and from bytes.</summary>
internal static class Frames
{
    public const int MaxFrameBytes = 16 * 1024 * 1024;
    public const int MaxHeaderBytes = 256 * 1024;

    public static RocketMqCommand Read(byte[] frame)
    {
        var input = new ReadOnlySequence<byte>(frame);
        Assert.True(RocketMqReader.TryRead(ref input, MaxFrameBytes, MaxHeaderBytes, out RocketMqCommand? command));
        Assert.True(input.IsEmpty);
        return command!;
    }

    public static byte[] Write(RocketMqCommand command)
    {
        var output = new ArrayBufferWriter<byte>();
        new RocketMqWriter().Write(command, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Both say the same; bodies and fields byte for byte.</summary>
    public static void AssertSame(RocketMqCommand wanted, RocketMqCommand got)
    {
        Assert.Equal(
            (wanted.Code, wanted.Opaque, wanted.Flag, wanted.Language, wanted.Version, wanted.Remark, wanted.Serialization),
            (got.Code, got.Opaque, got.Flag, got.Language, got.Version, got.Remark, got.Serialization));
        Assert.Equal(wanted.Fields?.All ?? [], got.Fields?.All ?? []);
        Assert.Equal(wanted.Body.ToArray(), got.Body.ToArray());
    }
}
