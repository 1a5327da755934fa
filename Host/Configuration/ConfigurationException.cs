namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>The configuration cannot be used; the text is for the operator and repeats no secret. Exit code 2.</summary>
internal sealed class ConfigurationException : Exception
{
    public ConfigurationException(string message) : base(message) { }

    public ConfigurationException(string message, Exception inner) : base(message, inner) { }
}
