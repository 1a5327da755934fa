namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Where a node serves something.</summary>
/// <param name="Service">What, in the words of whoever serves and looks for it; 1 to 255 bytes of UTF-8.</param>
/// <param name="Address">Where, host:port; 1 to 255 bytes of UTF-8.</param>
public sealed record ServiceAddress(string Service, string Address);
