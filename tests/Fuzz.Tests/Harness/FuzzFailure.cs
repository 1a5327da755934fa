namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>A codec did what it must not.</summary>
internal sealed class FuzzFailure(string what, Exception? cause = null) : Exception(what, cause);
