namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>The two listeners of one protocol; null = off.</summary>
internal sealed record DoorOptions(ListenAddress? Listen, ListenAddress? TlsListen);
