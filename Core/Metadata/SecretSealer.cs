using System.Security.Cryptography;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// Seals secrets that must be readable again (keys of signed requests) with the cluster key, by AES-256-GCM.
/// The sealed form is nonce (12 bytes), cipher text, tag (16 bytes). Pure: key and nonce come from the
/// caller.
/// </summary>
public static class SecretSealer
{
    public const int KeyBytes = 32;

    public const int NonceBytes = 12;

    private const int TagBytes = 16;

    /// <summary>Bytes that sealing adds.</summary>
    public const int OverheadBytes = NonceBytes + TagBytes;

    /// <param name="key">The cluster key, 32 bytes.</param>
    /// <param name="nonce">12 random bytes, never used twice with one key.</param>
    /// <param name="secret">What to hide.</param>
    /// <param name="owner">What the secret belongs to, such as the public half of the pair: bound to the
    /// sealed form, so that it cannot be passed off as another's.</param>
    public static byte[] Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> owner)
    {
        CheckKey(key);
        byte[] result = new byte[secret.Length + OverheadBytes];
        nonce.CopyTo(result);
        using var gcm = new AesGcm(key, TagBytes);
        gcm.Encrypt(
            nonce,
            secret,
            result.AsSpan(NonceBytes, secret.Length),
            result.AsSpan(NonceBytes + secret.Length),
            owner);
        return result;
    }

    /// <exception cref="CryptographicException">Another key, another owner, or damaged.</exception>
    public static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedSecret, ReadOnlySpan<byte> owner)
    {
        CheckKey(key);
        if (sealedSecret.Length < OverheadBytes)
            throw new CryptographicException("Too short for a sealed secret.");
        byte[] secret = new byte[sealedSecret.Length - OverheadBytes];
        using var gcm = new AesGcm(key, TagBytes);
        gcm.Decrypt(
            sealedSecret[..NonceBytes],
            sealedSecret.Slice(NonceBytes, secret.Length),
            sealedSecret[^TagBytes..],
            secret,
            owner);
        return secret;
    }

    private static void CheckKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyBytes)
            throw new ArgumentException("The cluster key has 32 bytes.", nameof(key));
    }
}
