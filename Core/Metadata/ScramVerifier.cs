using System.Security.Cryptography;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// What is kept of a password: SCRAM-SHA-256 (RFC 5802, RFC 7677). It serves the SCRAM mechanism and the
/// check of a plain password, and cannot be turned back into one. Immutable.
/// </summary>
public sealed class ScramVerifier
{
    /// <summary>Iterations for new passwords. RFC 7677 asks for 4,096 at least and names 15,000 as a good
    /// value in its time; about 5 ms of a core. Logins that succeeded are remembered at the edge.</summary>
    public const int DefaultIterations = 15_000;

    /// <summary>RFC 7677 section 4.</summary>
    public const int MinIterations = 4_096;

    /// <summary>A login must not cost more than seconds.</summary>
    public const int MaxIterations = 10_000_000;

    /// <summary>Bytes of a new salt.</summary>
    public const int SaltBytes = 16;

    /// <summary>Longest salt accepted, in bytes.</summary>
    public const int MaxSaltBytes = 255;

    /// <summary>Bytes of both keys.</summary>
    public const int KeyBytes = SHA256.HashSizeInBytes;

    private readonly byte[] _salt;
    private readonly byte[] _storedKey;
    private readonly byte[] _serverKey;

    /// <exception cref="ArgumentException">A length or the number of iterations is out of its
    /// range.</exception>
    public ScramVerifier(
        ReadOnlySpan<byte> salt, int iterations, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> serverKey)
    {
        if (salt.Length is 0 or > MaxSaltBytes || storedKey.Length != KeyBytes || serverKey.Length != KeyBytes)
            throw new ArgumentException("Not a SCRAM-SHA-256 verifier.");
        if (iterations is < MinIterations or > MaxIterations)
            throw new ArgumentOutOfRangeException(nameof(iterations));
        _salt = salt.ToArray();
        Iterations = iterations;
        _storedKey = storedKey.ToArray();
        _serverKey = serverKey.ToArray();
    }

    /// <summary>Belongs to no password: checked where the user is unknown, so that it costs the same
    /// time.</summary>
    public static ScramVerifier Decoy { get; } =
        new(new byte[SaltBytes], DefaultIterations, new byte[KeyBytes], new byte[KeyBytes]);

    public ReadOnlySpan<byte> Salt => _salt;

    public int Iterations { get; }

    public ReadOnlySpan<byte> StoredKey => _storedKey;

    public ReadOnlySpan<byte> ServerKey => _serverKey;

    /// <param name="password">UTF-8, taken as it is (clients of the older protocols do not
    /// normalise).</param>
    /// <param name="salt">Random, <see cref="SaltBytes"/> bytes, drawn by the caller.</param>
    /// <param name="iterations">Cost of each check.</param>
    public static ScramVerifier Create(
        ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations = DefaultIterations)
    {
        Span<byte> salted = stackalloc byte[KeyBytes];
        Span<byte> storedKey = stackalloc byte[KeyBytes];
        Span<byte> serverKey = stackalloc byte[KeyBytes];
        Rfc2898DeriveBytes.Pbkdf2(password, salt, salted, iterations, HashAlgorithmName.SHA256);
        StoredKeyOf(salted, storedKey);
        HMACSHA256.HashData(salted, "Server Key"u8, serverKey);
        CryptographicOperations.ZeroMemory(salted);
        return new ScramVerifier(salt, iterations, storedKey, serverKey);
    }

    /// <summary>Is it this password? Takes milliseconds of CPU by design; compares in constant
    /// time.</summary>
    public bool Verify(ReadOnlySpan<byte> password)
    {
        Span<byte> salted = stackalloc byte[KeyBytes];
        Span<byte> storedKey = stackalloc byte[KeyBytes];
        Rfc2898DeriveBytes.Pbkdf2(password, _salt, salted, Iterations, HashAlgorithmName.SHA256);
        StoredKeyOf(salted, storedKey);
        CryptographicOperations.ZeroMemory(salted);
        return CryptographicOperations.FixedTimeEquals(storedKey, _storedKey);
    }

    private static void StoredKeyOf(ReadOnlySpan<byte> saltedPassword, Span<byte> storedKey)
    {
        Span<byte> clientKey = stackalloc byte[KeyBytes];
        HMACSHA256.HashData(saltedPassword, "Client Key"u8, clientKey);
        SHA256.HashData(clientKey, storedKey);
        CryptographicOperations.ZeroMemory(clientKey);
    }
}
