using System.Diagnostics.CodeAnalysis;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

internal sealed class TestHeaders(params (string Name, HeaderValue Value)[] headers) : IRoutingHeaders
{
    /// <summary>How often a header was asked for.</summary>
    public int Asked { get; private set; }

    public bool TryGet(string name, [NotNullWhen(true)] out HeaderValue? value)
    {
        Asked++;
        foreach ((string present, HeaderValue its) in headers)
        {
            if (present == name)
            {
                value = its;
                return true;
            }
        }
        value = null;
        return false;
    }
}
