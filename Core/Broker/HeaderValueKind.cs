namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Kind of a <see cref="HeaderValue"/>. On disk: never renumber.</summary>
public enum HeaderValueKind : byte
{
    /// <summary>No value; in a match it asks for presence only.</summary>
    Void = 0,
    Boolean = 1,
    Integer = 2,
    Float = 3,
    Bytes = 4,
    Timestamp = 5,

    /// <summary>A value that only equals its own encoding (tables, arrays, decimals).</summary>
    Other = 6,
}
