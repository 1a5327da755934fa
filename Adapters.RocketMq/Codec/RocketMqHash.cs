namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Java's hash of a string, by which tags are compared (specification section 12).</summary>
public static class RocketMqHash
{
    public static int Of(ReadOnlySpan<char> text)
    {
        int hash = 0;
        foreach (char c in text)
            hash = unchecked((hash * 31) + c);
        return hash;
    }
}
