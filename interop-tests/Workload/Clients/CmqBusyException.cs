namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>The CMQ door could not say whether it did what it was told (code 6000 and the like).</summary>
public sealed class CmqBusyException(string message) : Exception(message);
