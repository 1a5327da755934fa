namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Wish for a topic; see <see cref="TopicInfo"/> for the fields.</summary>
public sealed record TopicDeclaration(
    string Name,
    TopicKind Kind,
    bool Durable,
    bool AutoDelete,
    bool Internal,
    ReadOnlyMemory<byte> Arguments);
