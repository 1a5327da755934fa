using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>A block and its name, on its way from a leader to a member.</summary>
public readonly record struct Block(BlockName Name, ReadOnlyMemory<byte> Bytes);
