using System.Text;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>How much of a publication goes inline with its command, however large it is: all but a body that goes ahead
/// in chunks. Bounded, so that the command fits an entry of the log (<see cref="Groups.BatchBuilder"/>).</summary>
internal static class PublicationSize
{
    /// <summary>Properties and keys together, bytes.</summary>
    public const int MaxHeadBytes = 1024 * 1024;

    /// <summary>A length in chars times this is at least the length in bytes of UTF-8.</summary>
    private const int MaxBytesPerChar = 3;

    /// <summary>A key costs so many bytes beside its text, at most: many empty ones are not free.</summary>
    private const int KeyOverheadBytes = 5;

    /// <summary>Whether its properties and keys are within the bound.</summary>
    public static bool FitsCommand(in Publication publication)
    {
        long chars = publication.RoutingKey.Length + (publication.OrderingKey?.Length ?? 0);
        if (publication.MoreKeys is null && publication.HiddenKeys is null
            && (chars * MaxBytesPerChar) + publication.Properties.Length <= MaxHeadBytes - (2 * KeyOverheadBytes))
        {
            return true;
        }

        return publication.Properties.Length
            + BytesOf(publication.RoutingKey)
            + (publication.OrderingKey is { } ordering ? BytesOf(ordering) : 0)
            + BytesOf(publication.MoreKeys)
            + BytesOf(publication.HiddenKeys) <= MaxHeadBytes;
    }

    private static long BytesOf(IReadOnlyList<string>? keys)
    {
        long bytes = 0;
        for (int i = 0; keys is not null && i < keys.Count; i++)
            bytes += BytesOf(keys[i]);
        return bytes;
    }

    private static long BytesOf(string key) => KeyOverheadBytes + Encoding.UTF8.GetByteCount(key);
}
