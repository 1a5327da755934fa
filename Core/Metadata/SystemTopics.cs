using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// The topics that every namespace is born with. The core knows their names because they are the common
/// ground of the protocols (design, section 2): the nameless topic reaches every queue by its name, and what
/// one protocol publishes to the topic space <c>amq.topic</c> is seen by all others. Kept for good: never
/// rename or reorder.
/// </summary>
public static class SystemTopics
{
    /// <summary>Routes by queue name.</summary>
    public const string Default = "";

    /// <summary>The topic space shared by all protocols.</summary>
    public const string TopicSpace = "amq.topic";

    internal static readonly IReadOnlyList<TopicDeclaration> All =
    [
        Durable(Default, TopicKind.Default),
        Durable("amq.direct", TopicKind.Direct),
        Durable("amq.fanout", TopicKind.Fanout),
        Durable(TopicSpace, TopicKind.Pattern),
        Durable("amq.headers", TopicKind.Headers),
        Durable("amq.match", TopicKind.Headers),
        Durable("amq.rabbitmq.trace", TopicKind.Pattern, isInternal: true),
    ];

    private static TopicDeclaration Durable(string name, TopicKind kind, bool isInternal = false) =>
        new(name, kind, Durable: true, AutoDelete: false, isInternal, Arguments: default);
}
