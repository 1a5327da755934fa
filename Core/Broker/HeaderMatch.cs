namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A rule on headers: all of the conditions, or any.</summary>
/// <param name="All">True with no condition matches everything; false with none matches nothing.</param>
/// <param name="Conditions">Header names and the value asked for; <see cref="HeaderValueKind.Void"/> asks for presence.</param>
public sealed record HeaderMatch(bool All, IReadOnlyList<KeyValuePair<string, HeaderValue>> Conditions);
