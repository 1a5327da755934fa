using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Sender-selected distribution: further routing keys in the headers CC and BCC.</summary>
internal static class AmqpRoutingKeys
{
    private static ReadOnlySpan<byte> Cc => "CC"u8;

    private static ReadOnlySpan<byte> Bcc => "BCC"u8;

    /// <param name="headers">Encoded headers of the message.</param>
    /// <param name="more">Keys of CC, or null.</param>
    /// <param name="hidden">Keys of BCC, or null; that header must be taken away.</param>
    /// <exception cref="AmqpProtocolException">406: not an array.</exception>
    public static void Read(ReadOnlySpan<byte> headers, out List<string>? more, out List<string>? hidden)
    {
        more = hidden = null;
        var fields = AmqpTableReader.OverTable(headers);
        while (fields.Next())
        {
            if (more is null && fields.Key.SequenceEqual(Cc))
                more = Keys("CC", fields);
            else if (hidden is null && fields.Key.SequenceEqual(Bcc))
                hidden = Keys("BCC", fields);
        }
    }

    /// <summary>The block without the header BCC; all else stays as it was.</summary>
    public static byte[] WithoutBcc(in AmqpPropertyBlock block)
    {
        var headers = new AmqpFieldWriter();
        var fields = AmqpTableReader.OverTable(block.Headers);
        while (fields.Next())
        {
            if (!fields.Key.SequenceEqual(Bcc))
                headers.Bytes(fields.Field);
        }
        var output = new AmqpFieldWriter();
        block.Rewrite(output, headers.Written, keepExpiration: true);
        return output.Written.ToArray();
    }

    private static List<string> Keys(string header, in AmqpTableReader field)
    {
        if (field.Type != AmqpFieldType.Array)
        {
            throw new AmqpProtocolException(AmqpCode.PreconditionFailed,
                $"invalid message: {{unacceptable_type_in_header,\"{header}\",{field.Type.Word}}}");
        }
        var keys = new List<string>();
        var items = AmqpTableReader.OverArray(field.Value);
        while (items.Next())
        {
            if (items.Type == AmqpFieldType.LongString)
                keys.Add(Encoding.UTF8.GetString(items.Value));
        }
        return keys;
    }
}
