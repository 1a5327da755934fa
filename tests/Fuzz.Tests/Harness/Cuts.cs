namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>Where an input is cut in two; byte by byte comes on top.</summary>
/// <param name="every">At every place; false: at a few.</param>
/// <param name="random">Chooses the few.</param>
internal sealed class Cuts(bool every, Random random)
{
    private const int Few = 4;

    /// <summary>Inputs above this are not fed byte by byte unless every cut is tried, bytes.</summary>
    private const int ShortBytes = 512;

    public IEnumerable<int> Of(int length)
    {
        if (every)
            return Enumerable.Range(0, length + 1);
        return Enumerable.Range(0, Few).Select(_ => random.Next(length + 1));
    }

    public bool ByteByByte(int length) => every || length <= ShortBytes;
}
