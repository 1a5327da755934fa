using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.RocketMq;

/// <summary>A send to one queue (code 310, as Java producers make it), encoded once: each message only puts its opaque
/// and its stamp in. Not thread-safe.</summary>
internal sealed class RocketMqSendFrame
{
    /// <summary>All opaques have as many digits.</summary>
    public const int FirstOpaque = 1_000_000_000;

    private const int BinaryOpaqueAt = RocketMqReader.PrefixBytes + 2 + 1 + 2;

    private readonly byte[] _frame;
    private readonly int _bodyAt;
    private readonly int _opaqueAt;
    private readonly bool _isBinary;

    public RocketMqSendFrame(LoadOptions options, string topic, int queue)
    {
        var fields = new RocketMqFields();
        new SendMessageRequest(
            "load", topic, "TBW102", 4, queue, 0, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 0,
            "UNIQ_KEY\u00017F00000142C818B4AAC27F6E5D4C3B2A\u0002WAIT\u0001true\u0002", 0, false, null, false)
            .Write(fields, shortNames: true);
        var output = new ArrayBufferWriter<byte>();
        new RocketMqWriter().Write(
            new RocketMqCommand((int)RocketMqRequestCode.SendMessageV2, FirstOpaque, 0)
            {
                Fields = fields,
                Body = MessageStamp.MakeBody(options.SizeBytes),
                Serialization = options.BinaryHeader ? RocketMqSerialization.Binary : RocketMqSerialization.Json,
            },
            output);
        _frame = output.WrittenSpan.ToArray();
        _bodyAt = _frame.Length - options.SizeBytes;
        _isBinary = options.BinaryHeader;
        byte[] digits = Encoding.ASCII.GetBytes(FirstOpaque.ToString(CultureInfo.InvariantCulture));
        _opaqueAt = _isBinary ? BinaryOpaqueAt : _frame.AsSpan().IndexOf(digits);
    }

    public void Write(Wire wire, in MessageStamp stamp)
    {
        int opaque = checked((int)(FirstOpaque + stamp.Sequence));
        if (_isBinary)
            BinaryPrimitives.WriteInt32BigEndian(_frame.AsSpan(_opaqueAt), opaque);
        else
            opaque.TryFormat(_frame.AsSpan(_opaqueAt), out _, default, CultureInfo.InvariantCulture);
        stamp.Write(_frame.AsSpan(_bodyAt), _frame.Length - _bodyAt);
        wire.Write(_frame);
    }
}
