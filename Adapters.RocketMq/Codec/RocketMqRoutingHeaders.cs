using System.Diagnostics.CodeAnalysis;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>A message's properties as headers, looked up when a topic asks for one; RocketMQ's internal ones are
/// none.</summary>
/// <param name="properties">The property string in UTF-8.</param>
internal sealed class RocketMqRoutingHeaders(ReadOnlyMemory<byte> properties) : IRoutingHeaders
{
    public bool TryGet(string name, [NotNullWhen(true)] out HeaderValue? value)
    {
        value = null;
        if (RocketMqInternalNames.Contains(name))
            return false;
        string? text = RocketMqProperties.Find(properties.Span, Encoding.UTF8.GetBytes(name));
        value = text is null ? null : RocketMqPropertyReader.Value(text);
        return text is not null;
    }
}
