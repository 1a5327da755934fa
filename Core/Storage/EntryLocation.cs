namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Where an entry's record lies in its segment.</summary>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Length">Bytes of the record, its header included.</param>
internal readonly record struct EntryLocation(int Offset, int Length);
