using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A sealed block whose rows are in memory, under its name.</summary>
internal readonly record struct CachedRows(BlockName Name, RowBlock Block);
