namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>The committed inputs of a target, a folder of files in hexadecimal: <c>valid-*</c> must be decoded,
/// whatever else is there (mostly <c>found-*</c>: what failed once) only must not fail.</summary>
internal static class Corpus
{
    private const string Suffix = ".hex";
    private const string Valid = "valid-";
    private const int DigitsPerLine = 100;

    public static IReadOnlyList<(string Name, byte[] Input)> Of(string target)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Corpus", target);
        if (!Directory.Exists(folder))
            return [];
        return
        [
            .. Directory.EnumerateFiles(folder, "*" + Suffix).Order(StringComparer.Ordinal)
                .Select(path => (Path.GetFileNameWithoutExtension(path), Read(File.ReadAllText(path)))),
        ];
    }

    public static bool IsValid(string name) => name.StartsWith(Valid, StringComparison.Ordinal);

    /// <summary>Writes the examples of a target; see <see cref="FuzzSettings.CorpusFolder"/>.</summary>
    public static void Write(string folder, FuzzTarget target)
    {
        string path = Path.Combine(folder, target.Name);
        Directory.CreateDirectory(path);
        int number = 0;
        foreach (byte[] example in target.Examples)
            File.WriteAllText(Path.Combine(path, $"{Valid}{++number:D2}{Suffix}"), Text(example));
    }

    public static byte[] Read(string text) => Convert.FromHexString(string.Concat(text.Where(c => !char.IsWhiteSpace(c))));

    private static string Text(byte[] input) =>
        string.Concat(Convert.ToHexString(input).Chunk(DigitsPerLine).Select(line => new string(line) + "\n"));
}
