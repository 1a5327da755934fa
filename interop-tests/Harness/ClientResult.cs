using Xunit;

namespace Cmq.MultiProtocol.Interop;

/// <summary>How a client ended.</summary>
public sealed record ClientResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Fails the test, with what the client wrote, unless it ended with 0.</summary>
    public ClientResult MustSucceed()
    {
        if (ExitCode != 0)
            Assert.Fail($"The client ended with code {ExitCode}.\n{Output}\n{Errors}");
        return this;
    }
}
