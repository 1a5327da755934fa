namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>One message between nodes.</summary>
/// <param name="Kind">What the payload is; the transport does not look at it.</param>
/// <param name="Group">Group that it concerns.</param>
/// <param name="Payload">Bytes as one piece per segment; never changed after sending. A received one owns its memory.</param>
public readonly record struct PeerMessage(byte Kind, GroupId Group, ReadOnlyMemory<byte> Payload);
