using System.Diagnostics.CodeAnalysis;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>Shows messages that came by HTTP to consumers of other protocols: a UTF-8 text with the time at
/// which it was sent.</summary>
public sealed class HttpPropertyReader : IPropertyReader
{
    private static readonly NoHeaders Headers = new();

    public PropertyFormat Format => PropertyFormat.Http;

    /// <exception cref="InvalidDataException">Not a block that this door wrote.</exception>
    public MessageProperties Read(ReadOnlyMemory<byte> properties)
    {
        HttpProperties read = HttpPropertyBlock.Read(properties.Span);
        return new MessageProperties
        {
            ContentType = "text/plain; charset=utf-8",
            TimestampMs = read.SentMs,
            Tags = read.Tags,
        };
    }

    public string MessageIdOf(long sequence) => HttpMapping.MsgId(sequence);

    public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) => Headers;

    private sealed class NoHeaders : IRoutingHeaders
    {
        public bool TryGet(string name, [NotNullWhen(true)] out HeaderValue? value)
        {
            value = null;
            return false;
        }
    }
}
