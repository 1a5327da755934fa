namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What is on the disk is not what was written there, or a part of it is gone. Nobody may serve from it; it is
/// rebuilt from the other nodes (docs/decisions/0015).</summary>
public sealed class StoreDamageException(string message) : LogStoreException(message);
