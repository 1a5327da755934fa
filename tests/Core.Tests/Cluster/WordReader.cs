using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Tests.Metadata;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Properties that are words: keys, or with a # before it the message id.</summary>
internal sealed class WordReader : IPropertyReader
{
    public PropertyFormat Format => PropertyFormat.RocketMq;

    public MessageProperties Read(ReadOnlyMemory<byte> properties)
    {
        string[] words = Encoding.UTF8.GetString(properties.Span).Split(' ');
        return new MessageProperties
        {
            MessageId = words.FirstOrDefault(word => word.StartsWith('#'))?[1..],
            Keys = [.. words.Where(word => !word.StartsWith('#'))],
        };
    }

    public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) => new TestHeaders([]);
}
