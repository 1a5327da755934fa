using Xunit;

namespace Cmq.MultiProtocol.Interop;

/// <summary>A theory that is shown as skipped, with the reason, where its client is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryIfAvailableAttribute : TheoryAttribute
{
    public TheoryIfAvailableAttribute(ClientKind kind)
    {
        Kind = kind;
        Skip = ClientAvailability.Missing(kind);
    }

    public ClientKind Kind { get; }
}
