using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>What of a message counts for its way.</summary>
internal readonly record struct RouteKeys(
    string Key,
    IReadOnlyList<string>? MoreKeys,
    IReadOnlyList<string>? HiddenKeys,
    IRoutingHeaders? Headers)
{
    public int Count => 1 + (MoreKeys?.Count ?? 0) + (HiddenKeys?.Count ?? 0);

    public string this[int index]
    {
        get
        {
            int more = MoreKeys?.Count ?? 0;
            if (index == 0)
                return Key;
            return index <= more ? MoreKeys![index - 1] : HiddenKeys![index - 1 - more];
        }
    }

    /// <summary>Does a rule on headers hold? No rule always does.</summary>
    public bool Satisfy(HeaderMatch? match)
    {
        if (match is null)
            return true;
        foreach ((string name, HeaderValue wanted) in match.Conditions)
        {
            bool holds = Headers is not null
                && Headers.TryGet(name, out HeaderValue? value)
                && (wanted.Kind == HeaderValueKind.Void || value.Value.Matches(wanted));
            if (holds != match.All)
                return holds;
        }
        return match.All;
    }
}
