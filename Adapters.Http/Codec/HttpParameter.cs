namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>One decoded parameter.</summary>
/// <param name="Name">Its bytes as Latin-1, one char a byte, so that ordinal order is byte order.</param>
/// <param name="Value">Its bytes, which are what the client signed; text is UTF-8.</param>
public readonly record struct HttpParameter(string Name, ReadOnlyMemory<byte> Value);
