using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>Signs as a client does, written independently of the code under test.</summary>
[SuppressMessage("Security", "CA5350", Justification = "The protocol's own algorithm.")]
public static class TestSignature
{
    public static string Form(
        string method, string host, string path, (string Name, string Value)[] parameters, string secretKey)
    {
        string signature = Sign(method, host, path, parameters, secretKey);
        return string.Join('&', parameters
            .Append(("Signature", signature))
            .Select(p => $"{Uri.EscapeDataString(p.Item1)}={Uri.EscapeDataString(p.Item2)}"));
    }

    public static string Sign(
        string method, string host, string path, (string Name, string Value)[] parameters, string secretKey)
    {
        bool sha256 = parameters.Contains(("SignatureMethod", "HmacSHA256"));
        string text = method + host + path + "?" + string.Join('&', parameters
            .OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => $"{p.Name}={p.Value}"));
        byte[] key = Encoding.UTF8.GetBytes(secretKey);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Convert.ToBase64String(
            sha256 ? HMACSHA256.HashData(key, bytes) : HMACSHA1.HashData(key, bytes));
    }
}
