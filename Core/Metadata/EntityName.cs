using System.Text;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>What a name may be: 1 to 255 bytes of UTF-8, kept as it was given.</summary>
internal static class EntityName
{
    /// <summary>Longest name, and longest binding key, in bytes of UTF-8.</summary>
    public const int MaxBytes = 255;

    public static bool IsGood(string name) => name.Length > 0 && Fits(name);

    /// <summary>Not too long; may be empty.</summary>
    public static bool Fits(string text) =>
        text.Length <= MaxBytes && Encoding.UTF8.GetByteCount(text) <= MaxBytes;

    // Only ASCII letters are folded. The names that care about case consist of nothing else, and a table of
    // Unicode would make members with different runtimes disagree about the state.
    public static bool SameFolded(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (left.Length != right.Length)
            return false;
        for (int i = 0; i < left.Length; i++)
        {
            if (Fold(left[i]) != Fold(right[i]))
                return false;
        }
        return true;
    }

    /// <summary>Hash under which names are equal that <see cref="SameFolded"/> calls equal.</summary>
    public static int FoldedHash(ReadOnlySpan<char> name)
    {
        // What comes in to be looked up may be longer than any name; its beginning is enough for a hash.
        Span<char> folded = stackalloc char[Math.Min(name.Length, MaxBytes)];
        for (int i = 0; i < folded.Length; i++)
            folded[i] = Fold(name[i]);
        return string.GetHashCode(folded);
    }

    private static char Fold(char c) => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
