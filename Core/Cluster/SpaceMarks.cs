namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Free space at which a node begins to save, and to hold publishers back.</summary>
/// <param name="LowBytes">Below it reclaiming becomes eager.</param>
/// <param name="MinBytes">Below it publishing is held back; 0 = never.</param>
internal readonly record struct SpaceMarks(long LowBytes, long MinBytes)
{
    private const long Gibibyte = 1L << 30;

    /// <summary>Publishing goes on when so much is free again: well above the mark, or it would be held and let go all the
    /// time.</summary>
    public long ReleaseBytes => MinBytes + Math.Max(MinBytes / 4, (LowBytes - MinBytes) / 2);

    /// <param name="lowBytes">As configured; null: 6 GiB or a quarter of the disk, whichever is less.</param>
    /// <param name="minBytes">As configured; null: 2 GiB or a tenth of the disk, whichever is less.</param>
    /// <param name="totalBytes">Size of the disk.</param>
    public static SpaceMarks Of(long? lowBytes, long? minBytes, long totalBytes)
    {
        long min = minBytes ?? Math.Min(2 * Gibibyte, totalBytes / 10);
        long low = lowBytes ?? Math.Min(6 * Gibibyte, totalBytes / 4);
        return new SpaceMarks(Math.Max(low, min), min);
    }
}
