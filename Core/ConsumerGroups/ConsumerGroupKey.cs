namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>Names a consumer group; in order of namespaces, then ordinal order of names.</summary>
internal readonly record struct ConsumerGroupKey(NamespaceId Namespace, string Name) : IComparable<ConsumerGroupKey>
{
    public int CompareTo(ConsumerGroupKey other)
    {
        int order = Namespace.Value.CompareTo(other.Namespace.Value);
        return order == 0 ? string.CompareOrdinal(Name, other.Name) : order;
    }
}
