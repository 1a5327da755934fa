namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What reading one segment's frames from its start gave.</summary>
/// <param name="StartIsComplete">The first frames, which hold the whole state, are all there.</param>
/// <param name="State">Groups as of the last frame.</param>
/// <param name="Live">Segments that existed as of the last frame.</param>
/// <param name="Map">Where the entries lie.</param>
/// <param name="Previous">Segment of the frame before the first; 0 for none.</param>
/// <param name="DataEnd">End of the last good frame, in bytes from the start of the file.</param>
internal sealed record RecoveredSegment(
    bool StartIsComplete, StoreIndex State, SortedSet<long> Live, SegmentMap Map, long Previous,
    long FirstSequence, long LastSequence, long DataEnd)
{
    /// <summary>A sealed segment must have everything that its trailer says it has.</summary>
    /// <exception cref="StoreDamageException">It has not.</exception>
    public void RequireWhole(SegmentTrailer trailer)
    {
        if (!StartIsComplete || LastSequence != trailer.LastSequence || DataEnd != trailer.DataEnd)
        {
            throw new StoreDamageException(
                $"Sealed segment {trailer.Segment} is damaged at frame {LastSequence + 1}.");
        }
    }
}
