using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.LastValues;

/// <summary>
/// A pattern of levels, to be walked with one level after the other: all ways at once, as a set of places in the
/// pattern (bit i: the first i levels of it are used up).
/// </summary>
internal readonly struct LevelPattern
{
    private readonly string[] _levels;

    /// <param name="pattern">At most <see cref="LevelKey.MaxLevels"/> levels.</param>
    public LevelPattern(string pattern)
    {
        _levels = pattern.Length == 0 ? [] : pattern.Split(LevelKey.Separator);
        Invariant.Check(_levels.Length <= LevelKey.MaxLevels, "a pattern has too many levels");
        SkipsReserved = LevelKey.StartsWithWildcard(pattern);
    }

    /// <summary>Does not match a key whose first level is reserved.</summary>
    public bool SkipsReserved { get; }

    public UInt128 Start => Pass(UInt128.One);

    /// <summary>Where a next level leads; 0 = nowhere.</summary>
    public UInt128 Step(UInt128 places, string level)
    {
        UInt128 next = UInt128.Zero;
        for (int i = 0; i < _levels.Length; i++)
        {
            if ((places & (UInt128.One << i)) == UInt128.Zero)
                continue;
            if (_levels[i] == "#")
                next |= UInt128.One << i;
            else if (_levels[i] == "*" || _levels[i] == level)
                next |= UInt128.One << (i + 1);
        }

        return Pass(next);
    }

    /// <summary>A key that ends here matches.</summary>
    public bool Ends(UInt128 places) => (places & (UInt128.One << _levels.Length)) != UInt128.Zero;

    /// <summary>No further level leads anywhere.</summary>
    public bool IsOver(UInt128 places) => places == UInt128.Zero || places == UInt128.One << _levels.Length;

    /// <summary>The only next level that leads anywhere; null when a wildcard lets more than one.</summary>
    public string? OnlyNext(UInt128 places)
    {
        if (UInt128.PopCount(places) != UInt128.One)
            return null;
        int place = (int)UInt128.TrailingZeroCount(places);
        return _levels[place] is "*" or "#" ? null : _levels[place];
    }

    /// <summary>"#" may stand for no level.</summary>
    private UInt128 Pass(UInt128 places)
    {
        for (int i = 0; i < _levels.Length; i++)
        {
            if (_levels[i] == "#" && (places & (UInt128.One << i)) != UInt128.Zero)
                places |= UInt128.One << (i + 1);
        }

        return places;
    }
}
