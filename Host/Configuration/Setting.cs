namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>One configuration key that the broker knows.</summary>
/// <param name="Key">Full name; <c>*</c> stands for the index of a list.</param>
/// <param name="Kind">How its text is read.</param>
/// <param name="Default">As one would type it; empty = none or off.</param>
/// <param name="Meaning">One line for <c>--help</c>.</param>
internal sealed record Setting(string Key, SettingKind Kind, string Default, string Meaning)
{
    /// <summary>Bounds of numbers and byte counts, both included.</summary>
    public long Min { get; init; }

    public long Max { get; init; } = int.MaxValue;

    private string[] Segments { get; } = Key.Split(':');

    /// <summary>Is <paramref name="key"/> this setting, or an entry of this list?</summary>
    public bool Matches(string key)
    {
        string[] segments = key.Split(':');
        if (segments.Length != Segments.Length)
            return false;

        for (int i = 0; i < segments.Length; i++)
        {
            bool same = Segments[i] == "*"
                ? segments[i].Length > 0 && segments[i].All(char.IsAsciiDigit)
                : string.Equals(Segments[i], segments[i], StringComparison.OrdinalIgnoreCase);
            if (!same)
                return false;
        }

        return true;
    }

    /// <summary>Is <paramref name="key"/> a section that this setting lies in?</summary>
    public bool IsWithin(string key)
    {
        string[] segments = key.Split(':');
        return segments.Length < Segments.Length
            && new Setting(string.Join(':', Segments.Take(segments.Length)), Kind, "", "").Matches(key);
    }
}
