namespace Cmq.MultiProtocol.Interop;

/// <summary>The broker under test did not do what it was told; the text has its last output.</summary>
public sealed class BrokerException(string message, BoundedText output)
    : Exception($"{message}{Environment.NewLine}--- its last output:{Environment.NewLine}{output}");
