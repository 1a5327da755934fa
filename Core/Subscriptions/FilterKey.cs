namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>What makes a filter the same one: of a connection, and of a node.</summary>
/// <param name="Topic">Where it listens.</param>
/// <param name="Pattern">Levels, with wildcards or without.</param>
/// <param name="ShareGroup">Null: every listener hears; else one of the group.</param>
internal readonly record struct FilterKey(TopicId Topic, string Pattern, string? ShareGroup);
