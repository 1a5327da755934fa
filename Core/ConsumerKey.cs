namespace Cmq.MultiProtocol.Core;

/// <summary>One consumer of a connection.</summary>
/// <param name="Number">Chosen by the adapter, unique in the connection, from 1; 0 stands for gets.</param>
public readonly record struct ConsumerKey(ConnectionKey Connection, int Number);
