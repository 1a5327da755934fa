namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The store cannot do what was asked: a failed write, damage, or an entry that is not there.</summary>
public class LogStoreException : Exception
{
    public LogStoreException(string message) : base(message) { }

    public LogStoreException(string message, Exception inner) : base(message, inner) { }
}
