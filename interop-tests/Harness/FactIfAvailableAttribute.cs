using Xunit;

namespace Cmq.MultiProtocol.Interop;

/// <summary>A test that is shown as skipped, with the reason, where its client is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactIfAvailableAttribute : FactAttribute
{
    public FactIfAvailableAttribute(ClientKind kind)
    {
        Kind = kind;
        Skip = ClientAvailability.Missing(kind);
    }

    public ClientKind Kind { get; }
}
