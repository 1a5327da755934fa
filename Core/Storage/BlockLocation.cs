namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Where a block's record lies.</summary>
/// <param name="File">Its file.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Length">Bytes of the record, its header included.</param>
internal readonly record struct BlockLocation(BlockFile File, int Offset, int Length);
