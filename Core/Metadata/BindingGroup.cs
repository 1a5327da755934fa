using System.Diagnostics;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// Bindings that have something in common (the key, or the target). Most groups have one member, so that a
/// group is an untyped reference to a <see cref="Binding"/>, a short array of them, or a
/// <see cref="BindingSet"/>; null is empty.
/// </summary>
internal static class BindingGroup
{
    /// <summary>Members of an array group; with one more it becomes a set, so that a change stays
    /// cheap.</summary>
    private const int MaxArray = 12;

    public static Binding First(object group) => group switch
    {
        Binding one => one,
        Binding[] few => few[0],
        BindingSet many => many.First,
        _ => throw new UnreachableException(),
    };

    public static Binding? Find(object? group, Binding identity)
    {
        switch (group)
        {
            case null:
                return null;
            case Binding one:
                return one.SameIdentity(identity) ? one : null;
            case Binding[] few:
                return Array.Find(few, b => b.SameIdentity(identity));
            case BindingSet many:
                return many.Bindings.Find(identity);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>The binding must not be in the group yet.</summary>
    public static object With(object? group, Binding binding)
    {
        switch (group)
        {
            case null:
                return binding;
            case Binding one:
                return new[] { one, binding };
            case Binding[] few when few.Length < MaxArray:
                return (Binding[])[.. few, binding];
            case Binding[] few:
                var set = default(HashTrie<Binding, Binding, KeyRules.BindingByIdentity>);
                foreach (Binding member in few)
                    set = set.With(member);
                return new BindingSet(set.With(binding));
            case BindingSet many:
                return new BindingSet(many.Bindings.With(binding));
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>The binding must be in the group.</summary>
    /// <returns>Null when it was the last one.</returns>
    public static object? Without(object group, Binding binding)
    {
        switch (group)
        {
            case Binding:
                return null;
            case Binding[] { Length: 2 } two:
                return two[0].SameIdentity(binding) ? two[1] : two[0];
            case Binding[] few:
                return Array.FindAll(few, b => !b.SameIdentity(binding));
            case BindingSet many:
                var left = many.Bindings.Without(binding);
                // Well below the limit of arrays, so that a group at the limit does not change its form for
                // ever.
                return left.Count > MaxArray / 2 ? new BindingSet(left) : left.ToList().ToArray();
            default:
                throw new UnreachableException();
        }
    }

    public static void ForEach<TVisitor>(object? group, ref TVisitor visitor)
        where TVisitor : struct, IItemVisitor<Binding>
    {
        switch (group)
        {
            case null:
                return;
            case Binding one:
                visitor.Visit(one);
                return;
            case Binding[] few:
                foreach (Binding binding in few)
                    visitor.Visit(binding);
                return;
            case BindingSet many:
                many.Bindings.ForEach(ref visitor);
                return;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>The members in their total order.</summary>
    public static List<Binding> ToSortedList(object? group)
    {
        var collector = new BindingCollector([]);
        ForEach(group, ref collector);
        collector.Bindings.Sort();
        return collector.Bindings;
    }
}
