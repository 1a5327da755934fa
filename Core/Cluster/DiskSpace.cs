namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Room on the disk that the data directory lies on.</summary>
/// <param name="FreeBytes">What this process may still fill.</param>
/// <param name="TotalBytes">Size of the file system.</param>
public readonly record struct DiskSpace(long FreeBytes, long TotalBytes);
