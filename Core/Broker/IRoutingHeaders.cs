using System.Diagnostics.CodeAnalysis;

namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A message's headers, decoded only when a topic asks.</summary>
public interface IRoutingHeaders
{
    /// <summary>The first header of that name.</summary>
    bool TryGet(string name, [NotNullWhen(true)] out HeaderValue? value);
}
