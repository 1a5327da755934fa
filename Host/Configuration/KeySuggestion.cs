namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>The "did you mean" of an unknown key.</summary>
internal static class KeySuggestion
{
    /// <summary>Longer ones are nobody's typing mistake, and comparing them would cost more than they are worth.</summary>
    private const int MaxKeyCharacters = 200;

    /// <returns>Text to append to a message, beginning with "; "; empty when nothing comes near.</returns>
    public static string For(string key)
    {
        if (key.Length > MaxKeyCharacters)
            return "";

        var inside = Settings.All.Where(setting => setting.IsWithin(key) && setting.Kind != SettingKind.NotYet)
            .Select(setting => setting.Key).ToList();
        if (inside.Count > 0)
            return $"; the keys in there are {string.Join(", ", inside)}";

        var nearest = Settings.All
            .Select(setting => (Name: WithIndexesOf(setting.Key, key), setting.Kind))
            .Select(candidate => (candidate.Name, candidate.Kind, Distance: EditDistance.Between(key, candidate.Name)))
            .Where(candidate => candidate.Distance <= Math.Max(2, candidate.Name.Length / 3))
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Kind == SettingKind.NotYet)
            .FirstOrDefault();
        return nearest.Name is null ? "" : $"; did you mean {nearest.Name}?";
    }

    /// <summary>Puts the numbers that were typed in the place of the stars, so that they count as no difference.</summary>
    private static string WithIndexesOf(string pattern, string key)
    {
        var typed = new Queue<string>(key.Split(':').Where(part => part.Length > 0 && part.All(char.IsAsciiDigit)));
        return string.Join(':', pattern.Split(':')
            .Select(part => part != "*" ? part : typed.TryDequeue(out string? index) ? index : "0"));
    }
}
