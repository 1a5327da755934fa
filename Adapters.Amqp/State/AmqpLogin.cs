using Cmq.MultiProtocol.Adapters.Amqp.Codec;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>User and password out of a start-ok (checklist section 2).</summary>
internal readonly record struct AmqpLogin(string UserName, ReadOnlyMemory<byte> Password)
{
    public const string Plain = "PLAIN";
    public const string AmqPlain = "AMQPLAIN";

    /// <summary>Offered in start.</summary>
    public static ReadOnlyMemory<byte> Mechanisms { get; } = "PLAIN AMQPLAIN"u8.ToArray();

    /// <exception cref="AmqpProtocolException">503: unknown mechanism; 502: the response makes no
    /// sense.</exception>
    public static AmqpLogin Read(string mechanism, ReadOnlyMemory<byte> response) => mechanism switch
    {
        Plain => ReadPlain(response),
        AmqPlain => ReadAmqPlain(response),
        _ => throw new AmqpProtocolException(
            AmqpCode.CommandInvalid, $"unknown authentication mechanism '{mechanism}'"),
    };

    /// <summary>Never shows the password.</summary>
    public override string ToString() => UserName;

    /// <summary>NUL, user, NUL, password; nothing may stand in front of the first NUL.</summary>
    private static AmqpLogin ReadPlain(ReadOnlyMemory<byte> response)
    {
        ReadOnlySpan<byte> bytes = response.Span;
        int second = bytes.IsEmpty || bytes[0] != 0 ? -1 : bytes[1..].IndexOf((byte)0);
        if (second < 0)
            throw new AmqpProtocolException(AmqpCode.SyntaxError, "response of mechanism PLAIN invalid");
        return new(AmqpStringCache.Decode(bytes.Slice(1, second)), response[(second + 2)..]);
    }

    /// <summary>A field table without the length in front of it.</summary>
    private static AmqpLogin ReadAmqPlain(ReadOnlyMemory<byte> response)
    {
        AmqpTableReader.Validate(response.Span);
        var table = new AmqpTable(response);
        if (!table.TryGet("LOGIN", out AmqpValue login) || !login.IsText
            || !table.TryGet("PASSWORD", out AmqpValue password) || !password.IsText)
        {
            throw new AmqpProtocolException(
                AmqpCode.SyntaxError, "AMQPLAIN auth info is missing LOGIN or PASSWORD field");
        }
        return new(AmqpStringCache.Decode(login.Bytes.Span), password.Bytes);
    }
}
