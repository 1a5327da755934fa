using System.Text;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>The other side does not want to talk to this node.</summary>
/// <param name="reason">Its words, UTF-8; never trusted further than a log line.</param>
internal sealed class PeerRefusedException(ReadOnlySpan<byte> reason) : Exception(Readable(reason))
{
    /// <summary>Longest reason sent and shown, in bytes.</summary>
    public const int MaxReasonBytes = 512;

    public static byte[] Encode(string reason)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(reason);
        return bytes.Length <= MaxReasonBytes ? bytes : bytes[..MaxReasonBytes];
    }

    private static string Readable(ReadOnlySpan<byte> reason) => "refused by the peer: "
        + string.Concat(Encoding.UTF8.GetString(reason[..Math.Min(reason.Length, MaxReasonBytes)])
            .Select(letter => char.IsControl(letter) ? '?' : letter));
}
