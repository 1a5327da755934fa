namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A group of bindings that has outgrown an array; immutable.</summary>
internal sealed class BindingSet(HashTrie<Binding, Binding, KeyRules.BindingByIdentity> bindings)
{
    public HashTrie<Binding, Binding, KeyRules.BindingByIdentity> Bindings { get; } = bindings;

    /// <summary>Any of them: what the group has in common can be read from it.</summary>
    public Binding First { get; } = bindings.Any() ?? throw new InvariantException("an empty set of bindings");
}
