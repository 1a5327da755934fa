namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Arrays of rows of blocks that are done with, for those that fill next: a queue whose messages come and go in
/// more than a few leaves a full array behind for each block. Shared by the queues of a group; not state.</summary>
internal sealed class SpareRows
{
    /// <summary>Arrays kept at most, 16 KiB each.</summary>
    private const int MaxKept = 4;

    private readonly Stack<Row[]> _kept = [];

    /// <summary>An array for a whole block, with anything in it; null when there is none.</summary>
    public Row[]? Take() => _kept.TryPop(out Row[]? rows) ? rows : null;

    /// <param name="rows">Nobody reads it any more. One of another size is not kept, nor is null.</param>
    public void Give(Row[]? rows)
    {
        if (rows is { Length: RowBlock.Capacity } && _kept.Count < MaxKept)
            _kept.Push(rows);
    }
}
