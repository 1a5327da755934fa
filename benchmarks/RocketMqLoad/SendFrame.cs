using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Benchmarks.RocketMqLoad;

/// <summary>A send to one queue (code 310, as Java producers make it), encoded once: each message only puts its opaque
/// and its mark in. Not thread-safe.</summary>
internal sealed class SendFrame
{
    /// <summary>What names a message, at the front of its body: connection and number.</summary>
    public const int MarkBytes = 16;

    /// <summary>All opaques have as many digits.</summary>
    public const int FirstOpaque = 1_000_000_000;

    private const int BinaryOpaqueAt = RocketMqReader.PrefixBytes + 2 + 1 + 2;

    private readonly byte[] _frame;
    private readonly int _bodyAt;
    private readonly int _opaqueAt;
    private readonly RocketMqSerialization _header;

    public SendFrame(LoadOptions options, int queue)
    {
        var fields = new RocketMqFields();
        new SendMessageRequest(
            "load", options.Topic, "TBW102", 4, queue, 0, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 0,
            "UNIQ_KEY\u00017F00000142C818B4AAC27F6E5D4C3B2A\u0002WAIT\u0001true\u0002", 0, false, null, false)
            .Write(fields, shortNames: true);
        var output = new ArrayBufferWriter<byte>();
        new RocketMqWriter().Write(
            new RocketMqCommand((int)RocketMqRequestCode.SendMessageV2, FirstOpaque, 0)
            {
                Fields = fields,
                Body = new byte[options.SizeBytes],
                Serialization = options.Header,
            },
            output);
        _frame = output.WrittenSpan.ToArray();
        _bodyAt = _frame.Length - options.SizeBytes;
        _header = options.Header;
        byte[] digits = Encoding.ASCII.GetBytes(FirstOpaque.ToString(CultureInfo.InvariantCulture));
        _opaqueAt = _header == RocketMqSerialization.Binary ? BinaryOpaqueAt : _frame.AsSpan().IndexOf(digits);
        Random.Shared.NextBytes(_frame.AsSpan(_bodyAt));
    }

    public void Write(IBufferWriter<byte> output, int opaque, int connection, long number)
    {
        if (_header == RocketMqSerialization.Binary)
            BinaryPrimitives.WriteInt32BigEndian(_frame.AsSpan(_opaqueAt), opaque);
        else
            opaque.TryFormat(_frame.AsSpan(_opaqueAt), out _, default, CultureInfo.InvariantCulture);
        BinaryPrimitives.WriteInt64BigEndian(_frame.AsSpan(_bodyAt), connection);
        BinaryPrimitives.WriteInt64BigEndian(_frame.AsSpan(_bodyAt + sizeof(long)), number);
        output.Write(_frame);
    }

    /// <summary>The mark of a body.</summary>
    public static (int Connection, long Number) MarkOf(ReadOnlySpan<byte> body) =>
        ((int)BinaryPrimitives.ReadInt64BigEndian(body), BinaryPrimitives.ReadInt64BigEndian(body[sizeof(long)..]));
}
