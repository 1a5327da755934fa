using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A namespace and its names; immutable.</summary>
internal sealed class NamespaceEntry(NamespaceInfo info)
{
    public NamespaceInfo Info { get; } = info;

    public NamespaceId Id => Info.Id;

    public HashTrie<TopicInfo, ReadOnlySpan<char>, KeyRules.TopicByName> Topics { get; private init; }

    public HashTrie<QueueRecord, ReadOnlySpan<char>, KeyRules.QueueByName> Queues { get; private init; }

    /// <summary>Names of durable queues, found ignoring case.</summary>
    private HashTrie<object, ReadOnlySpan<char>, KeyRules.NamesByFoldedName> Folded { get; init; }

    public NamespaceEntry With(TopicInfo topic) =>
        new(Info) { Topics = Topics.With(topic), Queues = Queues, Folded = Folded };

    public NamespaceEntry Without(TopicInfo topic) =>
        new(Info) { Topics = Topics.Without(topic.Name), Queues = Queues, Folded = Folded };

    /// <summary>Adds a queue, or replaces the one with its name.</summary>
    public NamespaceEntry With(QueueRecord queue) => new(Info)
    {
        Topics = Topics,
        Queues = Queues.With(queue),
        Folded = queue.Info.Durable ? FoldedWith(queue.Info.Name) : Folded,
    };

    public NamespaceEntry Without(QueueRecord queue) => new(Info)
    {
        Topics = Topics,
        Queues = Queues.Without(queue.Info.Name),
        Folded = queue.Info.Durable ? FoldedWithout(queue.Info.Name) : Folded,
    };

    /// <summary>Of the durable queues whose names differ from the given one by case only, the first in
    /// ordinal order.</summary>
    public QueueRecord? FindIgnoringCase(string name) => Folded.Find(name) switch
    {
        string[] names => Queues.Find(names[0]),
        string one => Queues.Find(one),
        _ => null,
    };

    private HashTrie<object, ReadOnlySpan<char>, KeyRules.NamesByFoldedName> FoldedWith(string name)
    {
        switch (Folded.Find(name))
        {
            case null:
                return Folded.With(name);
            case string one when one != name:
                return Folded.With(Sorted([one, name]));
            case string[] names when !names.Contains(name):
                return Folded.With(Sorted([.. names, name]));
            default:
                return Folded;
        }
    }

    private HashTrie<object, ReadOnlySpan<char>, KeyRules.NamesByFoldedName> FoldedWithout(string name)
    {
        switch (Folded.Find(name))
        {
            case string one when one == name:
                return Folded.Without(name);
            case string[] names:
                string[] left = Array.FindAll(names, n => n != name);
                return Folded.With(left.Length == 1 ? left[0] : left);
            default:
                return Folded;
        }
    }

    private static string[] Sorted(string[] names)
    {
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }
}
