namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>The three permission patterns of a user in a namespace. On disk: never renumber.</summary>
public enum Access : byte
{
    Configure = 0,
    Write = 1,
    Read = 2,
}
