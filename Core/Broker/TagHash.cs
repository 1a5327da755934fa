namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// The hash of a tag by which a filtered read picks messages of a partition without looking at their properties. It is
/// the one that RocketMQ clients compute and send.
/// </summary>
public static class TagHash
{
    /// <summary>Of a routing key as the protocol that filters by tags shows it.</summary>
    public static int OfKey(string key) => Of(LevelKey.ToDotted(key));

    /// <summary>31-based polynomial over the UTF-16 units, modulo 2^32; 0 for no tag.</summary>
    public static int Of(string tag)
    {
        int hash = 0;
        foreach (char unit in tag)
            hash = unchecked((hash * 31) + unit);
        return hash;
    }
}
