namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Called for each item; a struct, so that a walk allocates nothing.</summary>
internal interface IItemVisitor<in TItem>
{
    void Visit(TItem item);
}
