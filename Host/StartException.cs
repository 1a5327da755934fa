namespace Cmq.MultiProtocol.Host;

/// <summary>Something outside of the configuration keeps the node from starting; the text is for the operator. Exit
/// code 1.</summary>
internal sealed class StartException : Exception
{
    public StartException(string message, Exception inner) : base(message, inner) { }
}
