namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// The hash of a tag by which a filtered read picks messages of a partition without looking at their properties. It is
/// the one that RocketMQ clients compute and send.
/// </summary>
public static class TagHash
{
    /// <summary>31-based polynomial over the UTF-16 units, modulo 2^32; 0 for no tag.</summary>
    public static int Of(string tag)
    {
        int hash = 0;
        foreach (char unit in tag)
            hash = unchecked((hash * 31) + unit);
        return hash;
    }

    /// <summary>Of a message whose tag is its routing key: as a protocol shows the key that knows no dot in a
    /// level.</summary>
    public static int OfKey(string routingKey) => Of(LevelKey.ToDotted(routingKey));
}
