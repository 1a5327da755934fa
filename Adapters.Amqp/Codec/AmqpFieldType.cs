using System.Diagnostics;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Type tags of table fields, as RabbitMQ uses them (they differ from the paper).</summary>
public enum AmqpFieldType : byte
{
    Boolean = (byte)'t',
    SignedByte = (byte)'b',
    UnsignedByte = (byte)'B',

    /// <summary>The paper says short string; every RabbitMQ client says int16.</summary>
    SignedShort = (byte)'s',
    UnsignedShort = (byte)'u',
    SignedInt = (byte)'I',
    UnsignedInt = (byte)'i',
    SignedLong = (byte)'l',

    /// <summary>The same 64 bits, signed, under the tag that some clients write.</summary>
    SignedLongAlias = (byte)'L',
    Float = (byte)'f',
    Double = (byte)'d',
    Decimal = (byte)'D',
    LongString = (byte)'S',
    ByteArray = (byte)'x',
    Timestamp = (byte)'T',
    Array = (byte)'A',
    Table = (byte)'F',
    Void = (byte)'V',
}

internal static class AmqpFieldTypeNames
{
    extension(AmqpFieldType type)
    {
        /// <summary>RabbitMQ's word for it in reply texts.</summary>
        public string Word => type switch
        {
            AmqpFieldType.Boolean => "bool",
            AmqpFieldType.SignedByte => "byte",
            AmqpFieldType.UnsignedByte => "unsignedbyte",
            AmqpFieldType.SignedShort => "short",
            AmqpFieldType.UnsignedShort => "unsignedshort",
            AmqpFieldType.SignedInt => "signedint",
            AmqpFieldType.UnsignedInt => "unsignedint",
            AmqpFieldType.SignedLong or AmqpFieldType.SignedLongAlias => "long",
            AmqpFieldType.Float => "float",
            AmqpFieldType.Double => "double",
            AmqpFieldType.Decimal => "decimal",
            AmqpFieldType.LongString => "longstr",
            AmqpFieldType.ByteArray => "binary",
            AmqpFieldType.Timestamp => "timestamp",
            AmqpFieldType.Array => "array",
            AmqpFieldType.Table => "table",
            AmqpFieldType.Void => "void",
            _ => throw new UnreachableException(),
        };

        public bool IsInteger => type is AmqpFieldType.SignedByte or AmqpFieldType.UnsignedByte
            or AmqpFieldType.SignedShort or AmqpFieldType.UnsignedShort or AmqpFieldType.SignedInt
            or AmqpFieldType.UnsignedInt or AmqpFieldType.SignedLong or AmqpFieldType.SignedLongAlias;
    }
}
