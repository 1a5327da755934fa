namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>A codec that refuses by its return value has refused.</summary>
internal sealed class RefusedException : Exception;
