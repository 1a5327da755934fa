namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Puts the bindings of groups into a list.</summary>
internal readonly struct BindingCollector(List<Binding> bindings) : IItemVisitor<Binding>, IItemVisitor<object>
{
    public List<Binding> Bindings { get; } = bindings;

    public void Visit(Binding item) => Bindings.Add(item);

    public void Visit(object item)
    {
        BindingCollector self = this;
        BindingGroup.ForEach(item, ref self);
    }
}
