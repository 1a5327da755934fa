using System.Text;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The small file <c>damaged</c>: what was found while the store was open. A start would not read that place
/// again, and would serve from it until somebody asks for it.</summary>
internal static class DamageNote
{
    private const string FileName = "damaged";

    /// <exception cref="StoreDamageException">There is one; with its text.</exception>
    public static void Refuse(string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (File.Exists(path))
            throw new StoreDamageException(File.ReadAllText(path, Encoding.UTF8).TrimEnd());
    }

    /// <returns>The damage, or if it cannot be noted, that with the reason.</returns>
    public static StoreDamageException Write(string directory, StoreDamageException damage)
    {
        try
        {
            AtomicFile.Replace(
                Path.Combine(directory, FileName), file => file.Write(Encoding.UTF8.GetBytes(damage.Message + "\n")));
            return damage;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new StoreDamageException($"{damage.Message} That could not be noted: {error.Message}");
        }
    }
}
